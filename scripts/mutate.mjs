// `npm run mutate`: changes the code of a package in small ways, one at a time, and checks whether its tests notice. Prints the score of each
// package (the share of mutants killed, without those that scripts/mutation/equivalents.mjs lists as equivalent) and every survivor.
//   npm run mutate -- --package bias-spec        one package, all of it
//   npm run mutate -- --changed main             only the lines that differ from a commit
//   npm run mutate -- --files 'src/buckets/*.ts' only some files; --tests selects test files in the same way
//   npm run mutate -- --at src/half.ts:43        only the mutants of a line (or of line:column)
//   npm run mutate -- --again                    only the survivors of the last run
//   npm run mutate -- --sample 200 --seed 7      a random sample of this size
//   npm run mutate -- --thorough                 also runs the slow tests
//   npm run mutate -- --jobs 2                   how many processes at a time
//   npm run mutate -- --least 85                 fails below this score
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { TARGETS } from './mutation/packages.mjs';
import { tryTarget } from './mutation/trial.mjs';
import { runMain } from './setup.mjs';
import { root } from './workspace.mjs';

/** The lines that differ from a commit, by file. @param {string} since */
function changedLines(since) {
  const args = ['diff', '--unified=0', '--no-color', since, '--', 'packages'];
  const diff = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
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

/** @param {string} what @param {string} text */
function requireCount(what, text) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`mutate: got ${what} ${text}, want an integer from 1`);
  return count;
}

// Ctrl-C also ends the processes started here.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

await runMain(async () => {
  const names = TARGETS.map(({ name }) => name);
  const { values } = parseArgs({
    options: {
      package: { type: 'string', default: names.join(',') },
      files: { type: 'string', default: '**' },
      tests: { type: 'string', default: '**' },
      changed: { type: 'string' },
      at: { type: 'string' },
      again: { type: 'boolean', default: false },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      thorough: { type: 'boolean', default: false },
      least: { type: 'string', default: '0' },
    },
  });
  const wanted = values.package.split(',');
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`mutate: got package ${unknown.join(', ')}, want one of ${names.join(', ')}`);
  const changed = values.changed === undefined ? undefined : changedLines(values.changed);
  const matches = (/** @type {string} */ file, /** @type {string} */ globs) =>
    globs.split(',').some((glob) => path.matchesGlob(file, glob));
  /** Identifies a mutant even if its line number changes. */
  const keyOf = (/** @type {import('./mutation/packages.mjs').Numbered} */ { file, text, change }) =>
    [file, text, change].join('\n');
  let failed = false;
  for (const target of TARGETS.filter(({ name }) => wanted.includes(name))) {
    const within = (/** @type {string} */ file) => path.posix.relative(target.folder, file);
    const alive = path.join(root, '.reports', 'mutation', `${target.name}.json`);
    /** @type {Set<string> | undefined} */
    const again = values.again ? new Set(JSON.parse(readFileSync(alive, 'utf8'))) : undefined;
    const { score, faults, survivors } = await tryTarget(target, {
      selects: (mutant) => {
        const { file, line, column } = mutant;
        return (
          matches(within(file), values.files) &&
          (changed === undefined || changed.get(file)?.has(line) === true) &&
          (values.at === undefined || `${within(file)}:${line}:${column}:`.startsWith(`${values.at}:`)) &&
          (again === undefined || again.has(keyOf(mutant)))
        );
      },
      usesTest: (test) => matches(test, values.tests),
      sample: values.sample === undefined ? undefined : requireCount('--sample', values.sample),
      seed: requireCount('--seed', values.seed),
      jobs: requireCount('--jobs', values.jobs),
      thorough: values.thorough,
      log: console.log,
    });
    mkdirSync(path.dirname(alive), { recursive: true });
    writeFileSync(alive, JSON.stringify(survivors.map(keyOf)));
    for (const fault of faults) console.error(`scripts/mutation/equivalents.mjs: ${fault}`);
    if (score < Number(values.least)) console.error(`${target.name}: the score is below ${values.least} %`);
    failed ||= faults.length > 0 || score < Number(values.least);
  }
  return failed ? 1 : 0;
});
