// `npm test`: sets up, then runs the steps of scripts/steps.mjs in order and stops at the first that fails. The last line is always
// `N passed, N failed`. It counts the tests that vitest reports, and 1 for each step without vitest.
// `npm test -- --list` shows the steps, `npm test -- --only lint,docs` runs some of them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run, setup } from './setup.mjs';
import { steps } from './steps.mjs';
import { root } from './workspace.mjs';

/** @typedef {{ passed: number, failed: number, notes: string[] }} Count */

const LOGS = path.join(root, '.reports');
const HEARTBEAT_MS = 30_000;

/**
 * Counts one vitest report. A missing report, an empty one, a skipped test and a run that failed outside its tests are failures.
 * @param {string} name of the package
 * @param {string} file
 * @returns {Count}
 */
function countReport(name, file) {
  if (!existsSync(file))
    return { passed: 0, failed: 1, notes: [`${name}: vitest left no report at ${path.relative(root, file)}`] };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const skipped = report.numPendingTests + report.numTodoTests;
  const notes = [];
  if (report.numTotalTests === 0) notes.push(`${name}: no test ran`);
  if (skipped > 0) notes.push(`${name}: ${skipped} skipped tests, which count as failed`);
  const failedTests = report.numFailedTests + skipped;
  if (!report.success && failedTests === 0) notes.push(`${name}: a test file did not run, see above`);
  return { passed: report.numPassedTests, failed: failedTests || (report.success && report.numTotalTests > 0 ? 0 : 1), notes };
}

/**
 * @param {import('./steps.mjs').Step} step
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Count>}
 */
async function runStep({ name, command: [program, ...args], clears, reports }, env) {
  if (clears) rmSync(clears, { recursive: true, force: true });
  for (const { file } of reports ?? []) rmSync(file, { force: true });
  const { status, output } = await run(program, args, { env });
  const log = path.join(LOGS, `${name.replaceAll(/[^\w-]+/g, '-')}.log`);
  writeFileSync(log, output);
  const counts = (reports ?? []).map(({ of, file }) => countReport(of, file));
  const sum = (/** @type {'passed' | 'failed'} */ key) => counts.reduce((total, count) => total + count[key], 0);
  const failed = reports ? Math.max(sum('failed'), status === 0 ? 0 : 1) : Number(status !== 0);
  const passed = reports ? sum('passed') : 1 - failed;
  if (failed > 0) process.stdout.write(`\n${output.trimEnd()}\n\n`);
  return { passed, failed, notes: counts.flatMap(({ notes }) => notes) };
}

/**
 * @param {import('./steps.mjs').Step[]} chosen
 * @returns {Promise<Count>}
 */
async function runSteps(chosen) {
  // Steps that need no GPU can be chosen where Chromium cannot be installed.
  const env = await setup(chosen.some(({ onGpu }) => onGpu) ? 'required' : 'optional');
  mkdirSync(LOGS, { recursive: true });
  const width = Math.max(...chosen.map(({ name }) => name.length));
  const total = { passed: 0, failed: 0, notes: [] };
  /** @type {[name: string, seconds: number][]} */
  const times = [];
  for (const [index, step] of chosen.entries()) {
    const started = Date.now();
    const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
    const title = `[${String(index + 1).padStart(2)}/${chosen.length}] ${step.name.padEnd(width)}`;
    const heartbeat = setInterval(() => console.log(`${title}  ... ${seconds()}`), HEARTBEAT_MS);
    const { passed, failed, notes } = await runStep(step, env).finally(() => clearInterval(heartbeat));
    for (const note of notes) console.log(note);
    const tests = step.reports ? `, ${passed} passed${failed ? `, ${failed} failed` : ''}` : '';
    console.log(`${title}  ${failed === 0 ? 'ok' : 'FAILED'}${tests} (${seconds()})`);
    times.push([step.name, (Date.now() - started) / 1000]);
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) {
      const left = chosen.slice(index + 1).map(({ name }) => name);
      console.log(
        `stopped here${left.length > 0 ? `; not run: ${left.join(', ')}` : ''}. To repeat this step: npm test -- --only '${step.name}'`,
      );
      break;
    }
  }
  console.log(`times: ${summarise(times)}`);
  return total;
}

/** The total time, and the steps that took most of it. @param {readonly [name: string, seconds: number][]} times */
function summarise(times) {
  const all = times.reduce((sum, [, seconds]) => sum + seconds, 0);
  const longest = times.filter(([, seconds]) => seconds >= 1).toSorted(([, one], [, other]) => other - one);
  const parts = longest.map(([name, seconds]) => `${name} ${seconds.toFixed(0)} s`);
  return [`${all.toFixed(0)} s in total`, ...parts].join(', ');
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' } } });
  const all = steps();
  if (values.list) {
    console.log(all.map(({ name, command }) => `${name}: ${command.join(' ')}`).join('\n'));
    return;
  }
  const names = values.only?.split(',');
  const unknown = names?.filter((name) => !all.some((step) => step.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`--only: got ${unknown.join(', ')}, want some of: ${all.map(({ name }) => name).join(', ')}`);
  const { passed, failed } = await runSteps(all.filter(({ name }) => names?.includes(name) ?? true));
  process.exitCode = failed === 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  console.log('0 passed, 1 failed');
}
