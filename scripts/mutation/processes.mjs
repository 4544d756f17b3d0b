// Runs vitest on test files with the mutants compiled in, and reads the result of each mutant from the journal that the runner writes. If a
// process crashes or hangs for minutes, the mutant it was trying is the cause; the remaining mutants continue in a new process.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../workspace.mjs';

/** @typedef {import('./runner.ts').Plan} Plan */
/** @typedef {import('./runner.ts').Entry} Entry */
/** @typedef {Pick<Plan, 'root' | 'firstOf' | 'mutants'>} Common */
/** @typedef {{ file: string, ids: Set<number>, milliseconds: number }} Reach a test file, and which mutants it reaches */
/** @typedef {{ how?: 'failure' | 'steps' | 'crash', by?: string }} Result how a mutant was killed, if it was */

const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));
const TEST_TIMEOUT = 60_000;
/** A process that writes nothing for this long hangs. It is far more than any test takes, so a busy machine kills no mutant. */
const STALL = 180_000;

/**
 * One run of vitest.
 * @param {Omit<Plan, 'journal' | 'testTimeout'>} plan
 * @returns {Promise<{ entries: Entry[], output: string }>}
 */
async function runVitest(plan) {
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-mutation-'));
  const journal = path.join(folder, 'journal');
  const planFile = path.join(folder, 'plan.json');
  writeFileSync(journal, '');
  writeFileSync(planFile, JSON.stringify({ ...plan, journal, testTimeout: TEST_TIMEOUT }));
  try {
    const output = await new Promise((resolve) => {
      const args = [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, '--reporter=dot', '--no-color'];
      // In its own process group, so its workers end with it.
      const child = spawn(process.execPath, args, {
        cwd: plan.root,
        env: { ...process.env, RELBIAS_MUTATION_PLAN: planFile },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk) => (text = (text + chunk).slice(-20_000)));
      }
      const end = () => {
        try {
          process.kill(-(child.pid ?? 0), 'SIGKILL');
        } catch {
          // It has ended.
        }
      };
      const watch = setInterval(() => {
        if (existsSync(journal) && Date.now() - statSync(journal).mtimeMs > STALL) end();
      }, 2_000);
      process.once('exit', end);
      child.on('close', () => {
        clearInterval(watch);
        process.off('exit', end);
        resolve(text);
      });
    });
    const lines = readFileSync(journal, 'utf8').split('\n').filter(Boolean);
    return { entries: lines.map((line) => JSON.parse(line)), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs all tests once without a mutant, to see which mutants each test file reaches.
 * @param {string[]} tests
 * @param {Common} common
 * @returns {Promise<Reach[]>} the quickest first
 */
export async function measureReach(tests, common) {
  const { entries, output } = await runVitest({ ...common, tests, warm: true });
  const reaches = entries.flatMap((entry) =>
    'reach' in entry ? [{ file: entry.reach, ids: new Set(entry.ids), milliseconds: entry.milliseconds }] : [],
  );
  if (reaches.length !== tests.length) throw new Error(`${output}\nmutate: the tests must pass before mutants can be tried`);
  return reaches.toSorted((one, other) => one.milliseconds - other.milliseconds);
}

/**
 * Tries mutants on one test file, in as many processes as needed.
 * @param {Reach} reach
 * @param {boolean} warm
 * @param {number[]} ids
 * @param {Common} common
 * @param {(entry: Entry | { crashed: number }) => void} report
 */
async function tryFile({ file }, warm, ids, common, report) {
  let left = ids;
  while (left.length > 0) {
    const { entries, output } = await runVitest({ ...common, tests: [file], tried: left, warm });
    for (const entry of entries) report(entry);
    if (entries.some((entry) => 'broken' in entry)) throw new Error(`${output}\nmutate: ${file} fails without a mutant`);
    if (entries.some((entry) => 'done' in entry)) return;
    const trying = entries.flatMap((entry) => ('trying' in entry ? [entry.trying] : [])).at(-1);
    if (trying === undefined) throw new Error(`${output}\nmutate: ${file} could not be run`);
    const last = entries.at(-1);
    const undecided = last !== undefined && 'trying' in last;
    // An earlier mutant may have left something behind, so only the first mutant of a process counts as the cause.
    if (undecided && trying === left[0]) report({ crashed: trying });
    left = left.slice(left.indexOf(trying) + (undecided && trying !== left[0] ? 0 : 1));
  }
}

/**
 * Tries mutants on all test files that reach them: warm first, then fresh where the warm run could not decide.
 * @param {readonly Reach[]} reaches
 * @param {ReadonlySet<number>} chosen
 * @param {Common} common
 * @param {number} jobs how many processes at a time
 * @param {(line: string) => void} log
 * @returns {Promise<Map<number, Result>>}
 */
export async function tryMutants(reaches, chosen, common, jobs, log) {
  /** @type {Map<number, Result>} */
  const results = new Map();
  /** @type {Map<string, number[]>} */
  const undecided = new Map(reaches.map(({ file }) => [file, []]));
  const started = Date.now();
  /** @param {boolean} warm @param {(reach: Reach) => Iterable<number>} candidates */
  const pass = async (warm, candidates) => {
    const queue = [...reaches];
    const work = async () => {
      for (let reach = queue.shift(); reach; reach = queue.shift()) {
        const { file } = reach;
        const ids = [...candidates(reach)].filter((id) => chosen.has(id) && !results.get(id)?.how);
        await tryFile(reach, warm, ids, common, (entry) => {
          if ('killed' in entry) results.set(entry.killed, { how: entry.how, by: `${file}: ${entry.by}` });
          else if ('crashed' in entry) results.set(entry.crashed, { how: 'crash', by: file });
          else if ('undecided' in entry) undecided.get(file)?.push(entry.undecided);
          else if ('polluted' in entry) undecided.get(file)?.push(entry.polluted);
        });
        const killed = [...results.values()].filter(({ how }) => how).length;
        const seconds = ((Date.now() - started) / 1000).toFixed(0);
        if (ids.length > 0)
          log(`  ${warm ? 'warm' : 'fresh'} ${file}: ${ids.length} tried, ${killed} killed so far (${seconds} s)`);
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
  };
  await pass(true, ({ ids }) => ids);
  await pass(false, ({ file }) => undecided.get(file) ?? []);
  return results;
}
