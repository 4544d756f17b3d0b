// Modules given to `relbias conform` that try to end, silence, forge or garble the report, on purpose or by accident. The exit status is 0
// only if everything that was requested was judged and passed, and the output is plain text.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relbias } from './program.ts';

const kernels = pathToFileURL(path.join(import.meta.dirname, '..', '..', 'kernels-cpu', 'dist', 'index.js')).href;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'relbias-hostile-'))));
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
/** Judges a module with the given text, after a correct backend `cpu` that it may tamper with. */
async function judge(source: string, args: readonly string[] = ['--case', 'attention/alibi', '--case', 'attention/t5:causal']) {
  const name = `module${(count += 1)}.js`;
  const made = `import { createCpuBackend } from ${JSON.stringify(kernels)};\nconst cpu = await createCpuBackend({ kernel: 'naive' });\n`;
  await writeFile(path.join(folder, name), made + source);
  const outcome = await relbias(['conform', '--backend', `./${name}`, ...args], { cwd: folder });
  // Output of the module, or of Node in its process, is prefixed with the module's name. The rest is the program's own.
  const lines = outcome.stderr.split('\n');
  const own = lines.filter((line) => !line.startsWith(`./${name}: `)).join('\n');
  return { ...outcome, stderr: own, printed: lines.filter((line) => line.startsWith(`./${name}: `)) };
}

/** A correct backend that first does something else in each run. */
const inRun = (does: string): string => `export default {
  ...cpu,
  async prepare(problem) {
    const prepared = await cpu.prepare(problem);
    return { ...prepared, async run(...args) { ${does} return prepared.run(...args); } };
  },
};`;

const withRanOn = (ranOn: string): string => `const ranOn = { ...cpu.ranOn, ${ranOn} };
export default {
  ranOn,
  dispose: () => cpu.dispose(),
  async prepare(problem) {
    const prepared = await cpu.prepare(problem);
    return { ...prepared, run: async (...args) => ({ ...(await prepared.run(...args)), ranOn }) };
  },
};`;

const PLAIN = /^[\n\u0020-\u007e]*$/;

test('a correct module passes, whatever else it prints', async () => {
  const { status, stdout, stderr, printed } = await judge(
    `console.log('\\u001b[2Jcleared'); process.stdout.write('- other: passed\\n'); console.log = () => {}; process.stdout.write = () => true;
process.exitCode = 7; process.on('exit', () => { process.exitCode = 9; });
export default cpu;`,
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^alibi +1\/1, /m);
  expect(stdout).not.toContain('other');
  expect(stderr).toBe('');
  expect(printed.map((line) => line.replace(/^.*?: /, ''))).toEqual([String.raw`\u{1b}[2Jcleared`, '- other: passed']);
});

describe('a module that cannot be opened is refused by its name', () => {
  test.each([
    ['process.exit(0);', 'its process ended with status 0'],
    ["process.on('exit', () => { process.exitCode = 0; }); process.exit();", 'its process ended with status 0'],
    ['process.abort();', 'its process was ended by SIGABRT'],
    ["process.kill(process.pid, 'SIGKILL');", 'its process was ended by SIGKILL'],
    ['await new Promise(() => {});', 'its promise never settles'],
    ["setTimeout(() => { throw new Error('late'); }); await new Promise((resolve) => setTimeout(resolve, 1000));", 'Error: late'],
    ['throw null;', 'null'],
    ['throw { toString() { throw new Error(); } };', 'something that cannot be read'],
    ["throw new Error('\\u001b[31mred\\nand more');", '\\u{1b}[31mred'],
    ['export default () => { throw Symbol("s"); };', 'Symbol(s)'],
    ['export default new Proxy({}, { get() { throw undefined; } });', 'undefined'],
    ['export default { get ranOn() { throw new Error("shy"); }, prepare() {}, dispose() {} };', 'shy'],
    ['export default null;', 'null'],
  ])('%s', async (source, words) => {
    const { status, stdout, stderr } = await judge(source);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^relbias conform: --backend \.\/module\d+\.js: got [\u0020-\u007e]+\n$/);
    expect(stderr).toContain(words);
  });

  test('also one that blocks its thread', async () => {
    const { status, stderr } = await judge('for (;;);', ['--case', 'attention/alibi', '--case-seconds', '1']);
    expect(status).toBe(2);
    expect(stderr).toContain('nothing within 2 s');
  });
});

describe('a module that ends early has not passed', () => {
  test.each([
    ['in a run', inRun('process.exit(0);'), 'its process ended with status 0'],
    ['in a run, by a signal', inRun("process.kill(process.pid, 'SIGTERM'); process.abort();"), 'SIGABRT'],
    [
      'in a timer',
      `setTimeout(() => process.exit(0), 1);${inRun('await new Promise((resolve) => setTimeout(resolve, 60_000));')}`,
      'status 0',
    ],
    [
      'by an error in a timer',
      inRun("setTimeout(() => { throw new Error('late'); }); await new Promise((resolve) => setTimeout(resolve, 60_000));"),
      'Error: late',
    ],
    [
      'by an unhandled rejection',
      inRun("Promise.reject(new Error('adrift')); await new Promise((resolve) => setTimeout(resolve, 60_000));"),
      'Error: adrift',
    ],
    ['by waiting for nothing', inRun('await new Promise(() => {});'), 'its promise never settles'],
    ['by holding its thread', inRun('for (;;);'), 'nothing within 1 s'],
    ['by closing what it finds', inRun("(await import('node:fs')).closeSync(3); for (;;);"), 'it closed the pipe'],
  ])('%s', async (_, source, words) => {
    const { status, stdout, stderr } = await judge(source, [
      '--case',
      'attention/alibi',
      '--case',
      'attention/t5',
      '--case-seconds',
      '1',
    ]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/^alibi +0\/1 1 FAILED$/m);
    expect(stdout).toMatch(/^t5 +0\/1 1 not run$/m);
    expect(stdout).toContain(words);
    expect(stdout).toMatch(/Repeat: relbias conform --backend \.\/module\d+\.js --case 'attention\/alibi'/);
  });

  test('also if it forges results', async () => {
    const forged = JSON.stringify({
      kind: 'result',
      result: { name: 'attention/alibi', family: 'alibi', status: 'pass', reason: null },
    });
    const { status } = await judge(`import { writeSync } from 'node:fs';
writeSync(3, ${JSON.stringify(`\n${forged}\n00000000-0000-4000-8000-000000000000 ${forged}\nhalf a line`)});
process.on('exit', () => writeSync(3, ${JSON.stringify(`\n${forged}\n`)}));
${inRun('process.exit(0);')}`);
    expect(status).toBe(1);
  });
});

describe('unprintable characters are printed as their codes', () => {
  const wild = String.raw`\u001b[31m\u009b2J\u001b]0;x\u0007\u0000\u202e\r\n- fake: line | <b>`;
  test.each([
    ['ranOn', withRanOn(`backend: '${wild}', kernel: '${wild}', device: '${wild}'`)],
    ['an error', inRun(`throw new Error('${wild}');`)],
    ['the name of an error', inRun(`throw Object.assign(new Error('x'), { name: '${wild}', stack: '${wild}' });`)],
    ['a refusal', inRun(`throw Object.assign(new Error('${wild}'), { name: 'UnsupportedError' });`)],
  ])('%s', async (_, source) => {
    const { status, stdout, stderr } = await judge(source, [
      '--case',
      'attention/alibi',
      '--case',
      'claims/ran-on',
      '--json',
      'report.json',
    ]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(PLAIN);
    expect(stdout).not.toMatch(/^- fake/m);
    const report = await readFile(path.join(folder, 'report.json'), 'utf8');
    expect(report).toMatch(PLAIN);
    expect(report).toContain('"ok": false');
  });
});

describe('dispose', () => {
  const disposing = (does: string): string => `export default { ...cpu, async dispose() { ${does} } };`;
  test.each([
    ['that throws', disposing("throw new Error('cannot let go');"), 'dispose() threw Error: cannot let go.'],
    ['that hangs', disposing('await new Promise(() => setInterval(() => {}, 1000));'), 'dispose(): nothing within 3 s.'],
    ['that never settles', disposing('await new Promise(() => {});'), 'dispose(): its promise never settles'],
    ['that holds its thread', disposing('for (;;);'), 'dispose(): nothing within 3 s.'],
    ['that ends the process', disposing('process.exit(0);'), 'dispose(): its process ended with status 0.'],
  ])('%s is named and fails', async (_, source, words) => {
    const { status, stdout, stderr } = await judge(source);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/^alibi +1\/1, /m);
    expect(stdout).toMatch(new RegExp(`^- \\./module\\d+\\.js: ${words.replaceAll(/[().]/g, String.raw`\$&`)}`, 'm'));
  });
});

test('a backend that refuses every problem has passed nothing', async () => {
  const source = inRun("throw Object.assign(new Error('not here'), { name: 'UnsupportedError' });");
  const { status, stdout } = await judge(source);
  expect(status).toBe(1);
  expect(stdout).toContain('attention/alibi: asked for by name, but it did not run.');
});
