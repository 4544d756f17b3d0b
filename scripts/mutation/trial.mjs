// Tries the mutants of one package on its tests, and says what became of them.
import { globSync } from 'node:fs';
import path from 'node:path';
import { root } from '../workspace.mjs';
import { isEquivalent, mutantsOf, staleEntries } from './packages.mjs';
import { measureReach, tryMutants } from './processes.mjs';

/** @typedef {import('./packages.mjs').Numbered} Numbered */

/**
 * @typedef {object} Wishes
 * @property {(mutant: Numbered) => boolean} chooses which mutants
 * @property {(test: string) => boolean} asks which files of tests, by their path in the package
 * @property {number} [sample] so many of them, drawn by the seed
 * @property {number} seed
 * @property {number} jobs how many processes at a time
 * @property {boolean} thorough whether slow tests are asked, too
 * @property {(line: string) => void} log
 */

/**
 * @typedef {object} Outcome
 * @property {number} score in percent, of the mutants that are not named equivalent
 * @property {string[]} faults what the list of equivalents says wrongly
 * @property {readonly { mutant: Numbered, how: import('./processes.mjs').Fate['how'] }[]} killed
 * @property {readonly Numbered[]} survivors
 */

/**
 * So many of a list, drawn by a seed: the same ones for the same list.
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
 * @param {Wishes} wishes
 * @returns {Promise<Outcome>}
 */
export async function tryTarget(target, { chooses, asks, sample, seed, jobs, thorough, log }) {
  const started = Date.now();
  const { name, folder, tests: testGlob, slowTests = [], equivalents } = target;
  const { mutants, firstOf } = mutantsOf(target);
  const faults = staleEntries(target, mutants);
  const all = mutants.filter(chooses);
  const chosen = sample === undefined ? all : draw(all, sample, seed);
  if (chosen.length === 0) {
    log(`${name}: no mutant is chosen`);
    return { score: 100, faults, killed: [], survivors: [] };
  }
  log(`${name}: ${chosen.length} of ${mutants.length} mutants`);
  const common = { root: path.join(root, folder), firstOf, mutants: mutants.length };
  const tests = globSync(testGlob, { cwd: common.root })
    .filter((file) => asks(file) && (thorough || !slowTests.some((glob) => path.matchesGlob(file, glob))))
    .toSorted();
  if (tests.length === 0) throw new Error(`mutate: no file of tests is chosen`);
  const reaches = await measureReach(tests, common);
  const fates = await tryMutants(reaches, new Set(chosen.map(({ id }) => id)), common, jobs, log);

  const killed = chosen.flatMap((mutant) => {
    const { how, by } = fates.get(mutant.id) ?? {};
    return how === undefined ? [] : [{ mutant, how, by }];
  });
  const left = chosen.filter(({ id }) => fates.get(id)?.how === undefined);
  const survivors = left.filter((mutant) => !isEquivalent(mutant, equivalents));
  for (const { mutant, by } of killed) {
    if (isEquivalent(mutant, equivalents)) {
      faults.push(`${mutant.file}:${mutant.line}: named equivalent, but ${by} tells it from the code: ${mutant.change}`);
    }
  }
  for (const { id, file, line, column, change } of survivors) {
    log(`${file}:${line}:${column}  ${change}${reaches.some(({ ids }) => ids.has(id)) ? '' : '   (no test reaches it)'}`);
  }
  if (survivors.length > 0) {
    const [{ file, line }] = survivors;
    log(`To try one again: npm run mutate -- --package ${name} --at ${path.posix.relative(folder, file)}:${line}`);
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
