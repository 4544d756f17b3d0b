// An installation without @relbias/kernels-gpu: everything else works, and the error for a GPU backend says where to find its install lines.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const own = path.join(import.meta.dirname, '..');
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-alone-'));
  const modules = path.join(folder, 'node_modules');
  await mkdir(path.join(modules, '@relbias'), { recursive: true });
  await cp(path.join(own, 'dist'), path.join(modules, 'relbias', 'dist'), { recursive: true });
  await cp(path.join(own, 'package.json'), path.join(modules, 'relbias', 'package.json'));
  for (const name of ['@relbias/bias-spec', '@relbias/conformance', '@relbias/kernels-cpu', 'yauzl', 'yazl']) {
    await symlink(await realpath(path.join(own, 'node_modules', name)), path.join(modules, name), 'junction');
  }
  await writeFile(
    path.join(folder, 'try.js'),
    `import { alibi, attention, tensor } from 'relbias';
const one = tensor(Float32Array.of(1, 2), [1, 1, 2, 1]);
const { output, ranOn } = await attention(one, one, one, { bias: alibi({ heads: 1 }), mask: { causal: true } });
console.log(ranOn.backend, output.data[0]);
await attention(one, one, one, { backend: process.argv[2] }).catch((error) => console.log(error.name, error.message));
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

test.each(['gpu', 'gpu:webgpu', 'gpu:webgl2', 'gpu:webasm'])('%s from the library', async (name) => {
  const { stdout } = await run(process.execPath, ['try.js', name], { cwd: folder });
  expect(stdout).toBe(
    'cpu 1\nUnsupportedError backend gpu: got no package @relbias/kernels-gpu, wanted it to be installed. To install it: https://github.com/relbias/relbias/tree/main/packages/relbias#backends\n',
  );
});

test.each([
  [
    'gpu:webasm',
    'no package @relbias/kernels-gpu, wanted it to be installed. To install it: https://github.com/relbias/relbias/tree/main/packages/relbias#backends',
  ],
  ['gpu:webgpu', 'no package webgpu, wanted one in this project: Node has no WebGPU of its own. Run: npm install webgpu'],
])('%s from the program', async (name, way) => {
  const program = path.join(folder, 'node_modules', 'relbias', 'dist', 'bin', 'relbias.js');
  // The package manager that runs this test may let Node find every package of the workspace, unlike a user's shell.
  const env = { ...process.env, NODE_PATH: '' };
  const failed = run(process.execPath, [program, 'conform', '--backend', name], { cwd: folder, env });
  await expect(failed).rejects.toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^[^\n]+\n$/) });
  await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining(way) });
});
