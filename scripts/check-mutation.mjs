// Tests the mutation command: on a sample whose tests are weak in known places it must find exactly the known survivors; on some small files
// no mutant may survive; and the list of equivalent mutants must match the code.
import { TARGETS, mutantsOf, staleEntries } from './mutation/packages.mjs';
import { tryTarget } from './mutation/trial.mjs';

/** The mutants that the sample's tests do not notice. */
const ALIVE = [
  // Equivalent: nothing is remembered before the first call, and adding 0 changes nothing.
  'remembered ??= STEPS[0] + 1 -> remembered = STEPS[0] + 1',
  '0 -> 1',
  'size < 100 -> size <= 100',
  '100 -> 99',
  '!on -> on',
  "throw new RangeError('never'); -> throw new Error('never');",
];

/** Files of bias-spec whose mutants are quick to try, and their tests. */
const SOURCES = ['src/convention.ts', 'src/future.ts', 'src/half.ts'];
const TESTS = ['test/convention.test.ts', 'test/half.test.ts', 'test/alibi.test.ts', 'test/kerple.test.ts'];

const options = { selects: () => true, usesTest: () => true, seed: 1, jobs: 1, thorough: false };
/** @type {string[]} */
const faults = TARGETS.flatMap((target) => staleEntries(target, mutantsOf(target).mutants));

const sample = await tryTarget(
  {
    name: 'sample',
    folder: 'scripts/mutation/sample',
    sources: 'sample.ts',
    tests: 'sample.test.ts',
    equivalents: [
      { file: 'scripts/mutation/sample/sample.ts', line: 'not a line of the file', changes: ['1 -> 0'], reason: '' },
      { file: 'scripts/mutation/sample/sample.ts', line: 'remembered ??= STEPS[0] + 1;', changes: ['1 -> 0'], reason: '' },
    ],
  },
  { ...options, log: () => {} },
);
const alive = sample.survivors.map(({ change }) => change);
if (alive.join('\n') !== ALIVE.join('\n'))
  faults.push(`sample: want these to survive: ${ALIVE.join('; ')}; got: ${alive.join('; ')}`);
for (const [how, change] of /** @type {const} */ ([
  ['steps', 'k++ -> k--'],
  ['failure', '[10] -> []'],
  ['failure', 'remembered ??= STEPS[0] + 1; -> (left out)'],
])) {
  const found = sample.killed.find(({ mutant }) => mutant.change === change)?.how;
  if (found !== how) faults.push(`sample: want ${change} killed by ${how}, got ${found}`);
}
for (const said of ['has no mutant', 'kills it']) {
  if (!sample.faults.some((fault) => fault.includes(said))) faults.push(`sample: no fault says that a named equivalent ${said}`);
}

const real = await tryTarget(TARGETS[0], {
  ...options,
  selects: ({ file }) => SOURCES.some((source) => file.endsWith(`bias-spec/${source}`)),
  usesTest: (test) => TESTS.includes(test),
  log: console.log,
});
if (real.survivors.length > 0) faults.push(`bias-spec: mutants of ${SOURCES.join(', ')} survive, see above`);

for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
