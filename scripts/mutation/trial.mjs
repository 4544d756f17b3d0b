// Tries the mutants of one package on its tests and prints the results.
import { globSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';
import { isEquivalent, mutantsOf, staleEntries } from './packages.mjs';
import { measureReach, tryMutants } from './processes.mjs';

/** @typedef {import('./packages.mjs').Numbered} Numbered */

/**
 * @typedef {object} Options
 * @property {(mutant: Numbered) => boolean} selects which mutants to try
 * @property {(test: string) => boolean} usesTest which test files to run, by their path in the package
 * @property {number} [sample] a random sample of this size
 * @property {number} seed
 * @property {number} jobs how many processes at a time
 * @property {boolean} thorough whether to run slow tests too
 * @property {(line: string) => void} log
 */

/**
 * @typedef {object} Outcome
 * @property {number} score in percent, of the mutants that are not named equivalent
 * @property {string[]} faults errors in the list of equivalents
 * @property {readonly { mutant: Numbered, how: import('./processes.mjs').Result['how'] }[]} killed
 * @property {readonly Numbered[]} survivors
 */

/**
 * A random sample of a list: the same one for the same list and seed.
 * @template T
 * @param {readonly T[]} list
 * @param {number} count
 * @param {number} seed
 */
function draw(list, count, seed) {
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
 * @param {import('./packages.mjs').Target} target
 * @param {Options} options
 * @returns {Promise<Outcome>}
 */
export async function tryTarget(target, { selects, usesTest, sample, seed, jobs, thorough, log }) {
  const started = Date.now();
  const { name, folder, tests: testGlob, slowTests = [], equivalents } = target;
  const { mutants, firstOf } = mutantsOf(target);
  const faults = staleEntries(target, mutants);
  const all = mutants.filter(selects);
  const chosen = sample === undefined ? all : draw(all, sample, seed);
  if (chosen.length === 0) {
    log(`${name}: no mutant is selected`);
    return { score: 100, faults, killed: [], survivors: [] };
  }
  log(`${name}: ${chosen.length} of ${mutants.length} mutants`);
  const common = { root: path.join(root, folder), firstOf, mutants: mutants.length };
  const tests = globSync(testGlob, { cwd: common.root })
    .filter((file) => usesTest(file) && (thorough || !slowTests.some((glob) => path.matchesGlob(file, glob))))
    .toSorted();
  if (tests.length === 0) throw new Error(`mutate: no test file is selected`);
  const reaches = await measureReach(tests, common);
  const results = await tryMutants(reaches, new Set(chosen.map(({ id }) => id)), common, jobs, log);

  const killed = chosen.flatMap((mutant) => {
    const { how, by } = results.get(mutant.id) ?? {};
    return how === undefined ? [] : [{ mutant, how, by }];
  });
  const left = chosen.filter(({ id }) => results.get(id)?.how === undefined);
  const survivors = left.filter((mutant) => !isEquivalent(mutant, equivalents));
  for (const { mutant, by } of killed) {
    if (isEquivalent(mutant, equivalents)) {
      faults.push(`${mutant.file}:${mutant.line}: named equivalent, but ${by} kills it: ${mutant.change}`);
    }
  }
  for (const { id, file, line, column, change } of survivors) {
    log(`${file}:${line}:${column}  ${change}${reaches.some(({ ids }) => ids.has(id)) ? '' : '   (no test reaches it)'}`);
  }
  if (survivors.length > 0) {
    const [{ file, line }] = survivors;
    log(`To try one of them again: npm run mutate -- --package ${name} --at ${path.posix.relative(folder, file)}:${line}`);
  }
  const judged = killed.length + survivors.length;
  const score = judged === 0 ? 100 : (100 * killed.length) / judged;
  const count = (/** @type {string} */ wanted) => killed.filter(({ how }) => how === wanted).length;
  log(
    `${name}: score ${score.toFixed(1)} %: ${killed.length} killed (${count('failure')} by a failing test, ${count('steps')} by an endless ` +
      `loop, ${count('crash')} by a crash or a hang), ${survivors.length} survived, ${left.length - survivors.length} named equivalent ` +
      `(${((Date.now() - started) / 1000).toFixed(0)} s)`,
  );
  return { score, faults, killed, survivors };
}
