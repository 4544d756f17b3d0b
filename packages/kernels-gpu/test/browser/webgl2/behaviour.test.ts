// WebGL2 in Chromium, on SwiftShader and on Mesa: everything but the suite.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { expect, inject, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { acquireGpu } from '../../../src/shared.ts';
import { copyPass } from '../../../src/sources/copy.ts';
import { testBehaviour } from '../../shared/behaviour.ts';
import { testNumbers } from '../../shared/numbers.ts';
import { testRefusals } from '../../shared/refusals.ts';
import { webgl2Mode } from '../../shared/webgl2.ts';

const mode = webgl2Mode();
const acquire = (): ReturnType<typeof acquireGpu> => acquireGpu('webgl2', {});

/** Read from a context that is released at once. */
function maxTextureSize(): number {
  const context = document.createElement('canvas').getContext('webgl2');
  const size: number = context?.getParameter(context.MAX_TEXTURE_SIZE) ?? 0;
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return size;
}

test('this runs on the named software GPU', async () => {
  const backend = await mode.open();
  expect(backend.ranOn.device).toMatch(inject('softwareGpu') === 'mesa' ? /llvmpipe/ : /SwiftShader/);
  await backend.dispose();
});

testBehaviour(mode);
testNumbers(acquire);
testRefusals(acquire, () => {
  const size = maxTextureSize();
  return {
    problem: { heads: 1, queries: 2, keys: 2, headDim: size + 1 },
    limit: `more than the ${size} x ${size} of this device`,
  };
});

test('forty backends in sequence, and twenty at once, keep at most one context', async () => {
  const ours = (): number => mode.contexts().filter((context) => !context.isContextLost()).length;
  const before = ours();
  for (let count = 0; count < 40; count++) await (await createGpuBackend({ mode: 'webgl2' })).dispose();
  expect(ours()).toBe(before);
  const together = await Promise.all(Array.from({ length: 20 }, () => createGpuBackend({ mode: 'webgl2' })));
  expect(ours()).toBeLessThanOrEqual(before + 1);
  for (const backend of together) await backend.dispose();
  expect(ours()).toBe(before);
});

test('a kernel that the driver cannot link is an error, not zeros', async () => {
  const { device, kernels, release } = await acquire();
  // One sampler more than the device supports.
  const parameters = Array.from({ length: 65 }, (_, index) => `array${index}`);
  const body = `return ${parameters.map((name) => `${name}[0][0][0]`).join(' + ')};`;
  const source = await kernels.upload(Float32Array.of(1), [1, 1, 1]);
  const values = Object.fromEntries(parameters.map((name) => [name, source]));
  const run = compile(device, { name: 'greedy', parameters, functions: [], body }, 'read').run([1, 1, 1], values);
  await expect(run).rejects.toThrow(/cannot link|compiling/);
  source.delete?.();
  await release();
});

test('a kernel that gpu.js would replace by another is an error', async () => {
  const { device, kernels, release } = await acquire();
  const kernel = compile(device, copyPass, 'read');
  const source = await kernels.upload(Float32Array.of(1), [1, 1, 1]);
  await kernel.run([1, 1, 1], { source });
  await expect(kernel.run([1, 1, 1], { source: 1 })).rejects.toThrow(/attempt of gpu\.js to recompile the kernel copy/);
  source.delete?.();
  await release();
});
