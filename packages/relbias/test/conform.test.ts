// relbias conform: the exit status, for built-in backends, vectors in any folder, and a user's backend that is wrong.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relbias } from './program.ts';

const packages = path.join(import.meta.dirname, '..', '..');
const vectors = path.join(packages, 'conformance', 'vectors');
const kernels = pathToFileURL(path.join(packages, 'kernels-cpu', 'dist', 'index.js')).href;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-conform-'));
  await mkdir(path.join(folder, 'some'));
  for (const name of ['book-examples.json', 'alibi-slopes.json'])
    await copyFile(path.join(vectors, name), path.join(folder, 'some', name));
  await writeFile(
    path.join(folder, 'right.js'),
    `import { createCpuBackend } from ${JSON.stringify(kernels)};\nexport default () => createCpuBackend({ kernel: 'naive' });\n`,
  );
  await writeFile(
    path.join(folder, 'wrong.js'),
    `import { createCpuBackend } from ${JSON.stringify(kernels)};
const cpu = await createCpuBackend({ kernel: 'naive' });
export default {
  ...cpu,
  async prepare(problem) {
    const prepared = await cpu.prepare(problem);
    return {
      ...prepared,
      async run(...args) {
        const result = await prepared.run(...args);
        result.output.data[0] += 0.01;
        return result;
      },
    };
  },
};
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

test('a case by its name, on a kernel', async () => {
  const { status, stdout } = await relbias([
    'conform',
    '--backend',
    'cpu:naive',
    '--case',
    'attention/alibi:heads=12;queries=7;keys=65;causal',
  ]);
  expect(status).toBe(0);
  expect(stdout).toContain('cpu naive');
  expect(stdout).toMatch(/^alibi +1\/1, /m);
});

test("a folder of vectors, a user's backend, and the report", async () => {
  const args = [
    'conform',
    '--vectors',
    'some',
    '--backend',
    './right.js',
    '--case',
    'attention/t5:causal',
    '--case',
    'claims/ran-on',
    '--json',
    'report.json',
  ];
  const { status, stdout, stderr } = await relbias(args, { cwd: folder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^t5 +1\/1, /m);
  const report = JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8')) as {
    ok: boolean;
    reports: { counts: unknown }[];
  };
  expect(report.ok).toBe(true);
  expect(report.reports.map(({ counts }) => counts)).toEqual([{ pass: 2, fail: 0, notRun: 0 }]);
});

test('a wrong backend fails, with the command that repeats it', async () => {
  const name = 'attention/alibi:causal';
  const { status, stdout, stderr } = await relbias(['conform', '--backend', './wrong.js', '--case', name], { cwd: folder });
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(stdout).toContain('1 FAILED');
  expect(stdout).toContain(`Repeat: relbias conform --backend ./wrong.js --case '${name}'`);
});

test('a vector that the spec disagrees with fails, and is named', async () => {
  const file = path.join(folder, 'some', 'alibi-slopes.json');
  const parsed = JSON.parse(await readFile(file, 'utf8')) as { cases: { id: string; expected: { float32: number[] } }[] };
  const [first] = parsed.cases;
  first.expected.float32[0] *= 1.001;
  await mkdir(path.join(folder, 'altered'));
  await writeFile(path.join(folder, 'altered', 'alibi-slopes.json'), JSON.stringify(parsed));
  const args = ['conform', '--vectors', 'altered', '--backend', 'cpu:naive', '--case', `vectors/${first.id}`];
  const { status, stdout } = await relbias(args, { cwd: folder });
  expect(status).toBe(1);
  expect(stdout).toContain(`vectors/${first.id}: `);
});

test('two names of one GPU are judged separately', async () => {
  const args = ['conform', '--backend', 'gpu', '--backend', 'gpu:webgpu', '--case', 'attention/none'];
  const { status, stdout } = await relbias(args);
  expect(status).toBe(0);
  expect(stdout).toContain('gpu.js webgpu (2)');
});

test('a backend whose promise never settles is reported as such', async () => {
  await writeFile(
    path.join(folder, 'silent.js'),
    'export default { ranOn: {}, prepare: () => new Promise(() => {}), dispose: async () => {} };\n',
  );
  const args = ['conform', '--backend', './silent.js', '--case', 'attention/alibi'];
  const { status, stdout, stderr } = await relbias(args, { cwd: folder });
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(stdout).toContain('attention/alibi: No answer: its promise never settles: nothing is left to wait for.');
});

test('a backend that stays busy is stopped, and the program ends', async () => {
  await writeFile(
    path.join(folder, 'busy.js'),
    `export default {
  ranOn: { backend: 'busy', kernel: 'busy', device: 'none', arithmetic: 'float32' },
  prepare: () => new Promise(() => setInterval(() => {}, 1000)),
  dispose: () => new Promise(() => {}),
};
`,
  );
  const cases = ['--case', 'attention/alibi', '--case', 'attention/t5'];
  const { status, stdout } = await relbias(['conform', '--backend', './busy.js', '--case-seconds', '1', ...cases], {
    cwd: folder,
  });
  expect(status).toBe(1);
  expect(stdout).toContain('attention/alibi: No answer: nothing within 1 s.');
  expect(stdout).toContain('attention/t5: The backend gave no answer to attention/alibi.');
}, 30_000);

test('vectors of the reproducible profile are judged by bits, and reported as not run on a backend without it', async () => {
  await mkdir(path.join(folder, 'more'));
  const { format, cases } = JSON.parse(await readFile(path.join(vectors, 'reproducible.json'), 'utf8')) as {
    format: string;
    cases: { id: string }[];
  };
  await writeFile(path.join(folder, 'more', 'bits.json'), JSON.stringify({ format, cases: cases.slice(0, 2) }));
  const args = (kernel: string): string[] => [
    'conform',
    '--vectors',
    'more',
    ...cases.slice(0, 2).flatMap(({ id }) => ['--case', `vectors/${id}`]),
    '--backend',
    `cpu:${kernel}`,
  ];
  const judged = await relbias(args('online'), { cwd: folder });
  expect(judged).toMatchObject({ status: 0, stderr: '' });
  expect(judged.stdout).toMatch(/^Bits .*\n- cpu online: 2\/2, hash [0-9a-f]{8}$/m);
  const { status, stdout } = await relbias(args('naive'), { cwd: folder });
  // They were requested by name, but not judged.
  expect(status).toBe(1);
  expect(stdout).toMatch(/^- cpu naive: 2 cases of bits: .*numerics.*"reproducible"/m);
});
