// Lists the files that a call passes through: it warms up on the CPU, then makes one more call while V8 counts which functions run. V8 does
// not count other isolates, so the backend uses no worker threads.
import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alibi, tensor } from '../../packages/bias-spec/dist/index.js';
import { createCpuBackend } from '../../packages/kernels-cpu/dist/index.js';
import { attention } from '../../packages/relbias/dist/index.js';
import { root } from '../workspace.mjs';

/** @typedef {{ name: string, files: string[] }} Walk files by their paths from packages/, such as `bias-spec/src/plan.ts` */

const WARM_UP = 3;
const [HEADS, TOKENS, HEAD_DIM] = [2, 16, 8];

/** @returns {Promise<Walk[]>} */
async function walks() {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  const tokens = numbers(TOKENS);
  const one = numbers(1);
  const problem = { bias: alibi({ heads: HEADS }), mask: { causal: true } };
  const backend = await createCpuBackend({ threads: 1 });
  const prepared = await backend.prepare({ heads: HEADS, queries: TOKENS, keys: TOKENS, headDim: HEAD_DIM, ...problem });
  const cache = await backend.createCache({ heads: HEADS, headDim: HEAD_DIM, capacity: TOKENS, ...problem });
  const walked = [
    await walk(session, 'attention()', () => attention(tokens, tokens, tokens, problem)),
    await walk(session, 'prepared.run()', () => prepared.run(tokens, tokens, tokens)),
    await walk(session, 'cache.append(), attend()', () => {
      cache.append(one, one);
      return cache.attend(one);
    }),
  ];
  await backend.dispose();
  session.disconnect();
  return walked;
}

/** @param {number} count of tokens */
function numbers(count) {
  const values = Float32Array.from({ length: HEADS * count * HEAD_DIM }, (_, n) => Math.sin(n));
  return tensor(values, [1, HEADS, count, HEAD_DIM]);
}

/**
 * @param {Session} session
 * @param {string} name
 * @param {() => unknown} call
 * @returns {Promise<Walk>}
 */
async function walk(session, name, call) {
  for (let n = 0; n < WARM_UP; n++) await call();
  // A long call yields to the event loop. With a frozen clock no call does, however busy the machine is.
  const { now } = performance;
  performance.now = () => 0;
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  // Resets all counts to 0.
  await session.post('Profiler.takePreciseCoverage');
  await call();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  await session.post('Profiler.stopPreciseCoverage');
  performance.now = now;
  const ran = result.filter(({ functions }) => functions.some(({ ranges: [{ count }] }) => count > 0));
  return { name, files: ran.flatMap(({ url }) => sourceOf(url)).toSorted() };
}

/**
 * The source of a built file of a package; empty for any other URL.
 * @param {string} url
 */
function sourceOf(url) {
  if (!url.startsWith('file:')) return [];
  const file = path.relative(root, fileURLToPath(url)).replaceAll(path.sep, '/');
  const [, folder, name] = /^packages\/([^/]+)\/dist\/(.+)\.js$/.exec(file) ?? [];
  return name === undefined ? [] : [`${folder}/src/${name}.ts`];
}

/** The table: a row per folder, with the files there that each walk passes through. */
export async function walksText() {
  const walked = await walks();
  const folders = [...new Set(walked.flatMap(({ files }) => files.map(folderOf)))].toSorted(byHeight);
  const head = ['', ...walked.map(({ name, files }) => `\`${name}\`: ${files.length} files`)];
  const rows = folders.map((folder) => [
    `\`${folder.replace('/src', '')}\``,
    ...walked.map(({ files }) =>
      files
        .filter((file) => folderOf(file) === folder)
        .map((file) => path.posix.basename(file, '.ts'))
        .join(', '),
    ),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {string} file */
function folderOf(file) {
  return path.posix.dirname(file);
}

const HEIGHTS = ['relbias', 'kernels-cpu', 'bias-spec'];

/** Packages from top to bottom, folders by name. @type {(a: string, b: string) => number} */
function byHeight(a, b) {
  const height = (/** @type {string} */ folder) => HEIGHTS.indexOf(folder.split('/')[0]);
  return height(a) - height(b) || (a < b ? -1 : 1);
}
