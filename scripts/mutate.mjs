// `npm run mutate`: changes the code of a package in small ways, one at a time, and sees whether its tests notice. Prints the score of each
// package (mutants killed, as a share of those that are not named equivalent in scripts/mutation/equivalents.mjs) and every survivor.
//   npm run mutate -- --package bias-spec        one package, all of it
//   npm run mutate -- --changed main             only the lines that differ from a commit
//   npm run mutate -- --files 'src/buckets/*.ts' only some files
//   npm run mutate -- --at src/half.ts:43        only the mutants of a line (or of line:column)
//   npm run mutate -- --sample 200 --seed 7      so many, drawn by the seed
//   npm run mutate -- --least 85                 fails below this score
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EQUIVALENTS } from './mutation/equivalents.mjs';
import { findMutants } from './mutation/mutants.mjs';
import { measureReach, tryMutants } from './mutation/processes.mjs';
import { runMain } from './setup.mjs';
import { root } from './workspace.mjs';

/**
 * What is mutated, and which tests judge it.
 * @type {Record<string, { sources: string, except: (file: string) => boolean, tests: string }>}
 */
const PACKAGES = {
  'bias-spec': {
    sources: 'packages/bias-spec/src/**/*.ts',
    except: () => false,
    tests: 'test/*.test.ts',
  },
  'kernels-cpu': {
    sources: 'packages/kernels-cpu/src/**/*.ts',
    // Made by a build, or run from what a build makes: a worker's copy of the code has no mutants in it.
    except: (file) => file.includes('/src/generated/') || file.endsWith('/wasm/threads/worker.ts'),
    tests: 'test/*.test.ts',
  },
};

/** @typedef {import('./mutation/mutants.mjs').Mutant & { id: number, file: string, text: string, change: string }} Numbered */

/**
 * All mutants of a package, numbered.
 * @param {string} name
 * @returns {{ mutants: Numbered[], firstOf: Record<string, number> }}
 */
function mutantsOf(name) {
  const { sources, except } = PACKAGES[name];
  /** @type {Numbered[]} */
  const mutants = [];
  /** @type {Record<string, number>} */
  const firstOf = {};
  for (const file of globSync(sources, { cwd: root }).toSorted()) {
    if (except(file)) continue;
    const source = readFileSync(path.join(root, file), 'utf8');
    const lines = source.split('\n');
    firstOf[path.join(root, file)] = mutants.length;
    for (const mutant of findMutants(source).mutants) {
      const text = lines[mutant.line - 1].trim();
      mutants.push({ ...mutant, id: mutants.length, file, text, change: `${mutant.from} -> ${mutant.to}` });
    }
  }
  return { mutants, firstOf };
}

/** @param {Numbered} mutant @param {import('./mutation/equivalents.mjs').Equivalent} entry */
const isNamed = ({ file, text, change }, entry) => entry.file === file && entry.line === text && entry.changes.includes(change);

/** What in the list of equivalents matches no mutant. @param {string} name @param {readonly Numbered[]} mutants */
function staleEntries(name, mutants) {
  return EQUIVALENTS.filter(({ file }) => file.startsWith(`packages/${name}/`)).flatMap((entry) =>
    entry.changes
      .filter((change) => !mutants.some((mutant) => isNamed(mutant, { ...entry, changes: [change] })))
      .map((change) => `${entry.file}: the line "${entry.line}" has no mutant "${change}"`),
  );
}

/** The lines that differ from a commit, by file. @param {string} since */
function changedLines(since) {
  const diff = execFileSync('git', ['diff', '--unified=0', '--no-color', since, '--', 'packages'], {
    cwd: root,
    encoding: 'utf8',
  });
  /** @type {Map<string, Set<number>>} */
  const changed = new Map();
  let file = '';
  for (const line of diff.split('\n')) {
    if (line.startsWith('+++ ')) file = line.replace(/^\+\+\+ (b\/)?/, '');
    const [, first, count = '1'] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (first === undefined) continue;
    const lines = changed.get(file) ?? new Set();
    for (let k = 0; k < Number(count); k++) lines.add(Number(first) + k);
    changed.set(file, lines);
  }
  return changed;
}

/**
 * So many of a list, drawn by a seed: the same ones for the same list.
 * @template T
 * @param {readonly T[]} list
 * @param {number} count
 * @param {number} seed
 */
function sample(list, count, seed) {
  let state = (seed % 2147483646) + 1;
  const left = [...list];
  const drawn = [];
  while (drawn.length < count && left.length > 0) {
    state = (state * 48271) % 2147483647;
    drawn.push(...left.splice(state % left.length, 1));
  }
  return drawn;
}

/**
 * @param {string} name
 * @param {{ files?: string, changed?: string, at?: string, sample?: string, seed: string, jobs: string }} options
 * @returns {Promise<{ score: number, faults: string[] }>}
 */
async function mutate(name, options) {
  const started = Date.now();
  const { mutants, firstOf } = mutantsOf(name);
  const faults = staleEntries(name, mutants);
  const within = (/** @type {string} */ file) => file.slice(`packages/${name}/`.length);
  const changed = options.changed === undefined ? undefined : changedLines(options.changed);
  const { files, at } = options;
  let chosen = mutants
    .filter(({ file }) => files === undefined || files.split(',').some((glob) => path.matchesGlob(within(file), glob)))
    .filter(({ file, line }) => changed === undefined || changed.get(file)?.has(line))
    .filter((one) => at === undefined || `${within(one.file)}:${one.line}:${one.column}:`.startsWith(`${at}:`));
  if (options.sample !== undefined) chosen = sample(chosen, Number(options.sample), Number(options.seed));
  if (chosen.length === 0) {
    console.log(`${name}: no mutant is chosen`);
    return { score: 100, faults };
  }
  console.log(`${name}: ${chosen.length} of ${mutants.length} mutants`);
  const common = { root: path.join(root, 'packages', name), firstOf, mutants: mutants.length };
  const reaches = await measureReach(globSync(PACKAGES[name].tests, { cwd: common.root }).toSorted(), common);
  const fates = await tryMutants(reaches, new Set(chosen.map(({ id }) => id)), common, Number(options.jobs));

  const isEquivalent = (/** @type {Numbered} */ mutant) => EQUIVALENTS.some((entry) => isNamed(mutant, entry));
  const killed = chosen.filter(({ id }) => fates.get(id)?.how);
  const equivalent = chosen.filter((mutant) => !fates.get(mutant.id)?.how && isEquivalent(mutant));
  const survivors = chosen.filter((mutant) => !fates.get(mutant.id)?.how && !isEquivalent(mutant));
  for (const one of killed.filter(isEquivalent)) {
    faults.push(`${one.file}:${one.line}: named equivalent, but ${fates.get(one.id)?.by} tells it: ${one.change}`);
  }
  for (const { id, file, line, column, change } of survivors) {
    const reached = reaches.some(({ ids }) => ids.has(id)) ? '' : '   (no test reaches it)';
    console.log(`${file}:${line}:${column}  ${change}${reached}`);
  }
  if (survivors.length > 0)
    console.log(`one again: npm run mutate -- --package ${name} --at ${within(survivors[0].file)}:${survivors[0].line}`);
  const score = (100 * killed.length) / (killed.length + survivors.length || 1);
  const count = (/** @type {string} */ how) => killed.filter(({ id }) => fates.get(id)?.how === how).length;
  console.log(
    `${name}: score ${score.toFixed(1)} %: ${killed.length} killed (${count('failure')} by a failing test, ${count('steps')} by an endless ` +
      `loop, ${count('crash')} by a crash or a hang), ${survivors.length} survived, ${equivalent.length} named equivalent ` +
      `(${((Date.now() - started) / 1000).toFixed(0)} s)`,
  );
  return { score: killed.length + survivors.length === 0 ? 100 : score, faults };
}

// So that Ctrl-C ends what was started, too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      package: { type: 'string', default: Object.keys(PACKAGES).join(',') },
      files: { type: 'string' },
      changed: { type: 'string' },
      at: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      least: { type: 'string', default: '0' },
    },
  });
  const names = values.package.split(',');
  const unknown = names.filter((name) => !Object.hasOwn(PACKAGES, name));
  if (unknown.length > 0)
    throw new Error(`mutate: got package ${unknown.join(', ')}, want one of ${Object.keys(PACKAGES).join(', ')}`);
  let failed = false;
  for (const name of names) {
    const { score, faults } = await mutate(name, values);
    for (const fault of faults) console.error(`equivalents.mjs: ${fault}`);
    if (score < Number(values.least)) console.error(`${name}: the score is below ${values.least} %`);
    failed ||= faults.length > 0 || score < Number(values.least);
  }
  return failed ? 1 : 0;
});
