// `npm run fuzz`: tests random attention problems, sequences of cache calls, rows among other rows, and malformed files, seed after seed,
// until one fails or the time is up. A failure is printed with the command that repeats it.
//
//     npm run fuzz                                      two minutes of all kinds
//     npm run fuzz -- --minutes 30 --seed 5000          from another seed
//     npm run fuzz -- --only files --seed 17 --count 1  one seed of one kind
import { fork } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KINDS } from './fuzz/kinds.mjs';
import { run, runMain, setup } from './setup.mjs';
import { root } from './workspace.mjs';

/** A seed that takes longer is reported as hanging. Seeds take from milliseconds to a few seconds. */
const HANGS_AFTER_MS = 120_000;

const USAGE = `npm run fuzz -- [--minutes N] [--seed S] [--count N] [--only ${KINDS.map(({ name }) => name).join(',')}]

  --minutes N  how long to run (2)
  --seed S     the first seed of each kind (0)
  --count N    how many seeds of each kind, instead of a time
  --only A,B   only these kinds`;

/**
 * @param {string} name
 * @param {string} text
 * @param {number} minimum
 */
function readNumber(name, text, minimum) {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= minimum) return number;
  throw new Error(`--${name}: got ${JSON.stringify(text)}, want a number of at least ${minimum}.\n\n${USAGE}`);
}

/**
 * Runs the seeds in a separate process, which may hang or crash.
 * @param {{ kinds: string[], seed: number, minutes: number, count: number }} plan
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} the exit status
 */
function runSeeds(plan, env) {
  return new Promise((resolve) => {
    const program = path.join(root, 'scripts', 'fuzz', 'draw.mjs');
    const execPath = path.join(root, 'node_modules', '.bin', 'node');
    const child = fork(program, [JSON.stringify(plan)], { env, execPath, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    /** @type {{ kind: string, seed: number } | null} */
    let current = null;
    let hung = false;
    /** @type {NodeJS.Timeout | undefined} */
    let watch;
    child.on('message', (/** @type {{ kind: string, seed: number } | null} */ message) => {
      current = message;
      clearTimeout(watch);
      if (message === null) return;
      watch = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, HANGS_AFTER_MS);
    });
    child.on('exit', (status, signal) => {
      clearTimeout(watch);
      if (current !== null) {
        const why = hung
          ? `not finished after ${HANGS_AFTER_MS / 1000} s`
          : `its process ended with ${signal ?? `status ${status}`}`;
        console.error(`\n${current.kind}, seed ${current.seed}: ${why}\nto repeat it: ${repeat(current)}`);
      }
      resolve(current === null ? (status ?? 1) : 1);
    });
  });
}

/** @param {{ kind: string, seed: number }} failure */
function repeat({ kind, seed }) {
  return `npm run fuzz -- --only ${kind} --seed ${seed} --count 1`;
}

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: '0' },
      count: { type: 'string' },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const known = KINDS.map(({ name }) => name);
  const kinds = values.only?.split(',') ?? known;
  const unknown = kinds.filter((kind) => !known.includes(kind));
  if (unknown.length > 0) throw new Error(`--only: got ${unknown.join(', ')}, want some of ${known.join(', ')}.`);
  const plan = {
    kinds,
    seed: Math.trunc(readNumber('seed', values.seed, 0)),
    minutes: readNumber('minutes', values.minutes, 0),
    count: values.count === undefined ? 0 : Math.trunc(readNumber('count', values.count, 1)),
  };
  const env = await setup('optional');
  const build = await run('turbo', ['run', 'build', '--filter=./packages/*', '--output-logs=errors-only'], { env });
  if (build.status !== 0) {
    process.stderr.write(build.output);
    return build.status;
  }
  return runSeeds(plan, env);
});
