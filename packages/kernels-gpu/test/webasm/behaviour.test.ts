// gpu.js's WebAssembly: everything but the suite.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { acquireGpu } from '../../src/shared.ts';
import { copyPass } from '../../src/sources/copy.ts';
import { testBehaviour } from '../shared/behaviour.ts';
import { testNumbers } from '../shared/numbers.ts';
import { testRefusals } from '../shared/refusals.ts';

const acquire = (): ReturnType<typeof acquireGpu> => acquireGpu('webasm', {});

testBehaviour({ mode: 'webasm', open: () => createGpuBackend({ mode: 'webasm' }), live: () => 0, loseDevice: async () => {} });
testNumbers(acquire);
testRefusals(acquire, () => ({ problem: { heads: 1, queries: 1, keys: 2 ** 20, headDim: 256 }, limit: String(2 ** 29) }));

test('a kernel that gpu.js would run on the CPU instead is an error', async () => {
  const { device, release } = await acquire();
  const kernel = compile(device, copyPass, 'read');
  await expect(kernel.run([1, 1, 1], { source: new Date() as object })).rejects.toThrow(
    /attempt of gpu\.js to replace the kernel copy/,
  );
  await release();
});
