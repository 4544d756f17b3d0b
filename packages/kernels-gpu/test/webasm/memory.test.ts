// Lack of memory: refused before anything is allocated if the size is known, otherwise after the allocation fails.
import { UnsupportedError, planAttention } from '@relbias/bias-spec';
import { expect, test } from 'vitest';
import { gpuBackend } from '../../src/backend.ts';
import type { Resident } from '../../src/library.ts';
import { layoutOf } from '../../src/layout.ts';
import { acquireGpu } from '../../src/shared.ts';

const one = Float32Array.of(1);
const problem = { heads: 1, queries: 1, keys: 1, headDim: 1 };

test('arrays that fit one by one, but not together', async () => {
  const { device, release } = await acquireGpu('webasm', {});
  const plan = planAttention({ heads: 8, queries: 64, keys: 64, headDim: 16 });
  expect(() => layoutOf(plan, device)).not.toThrow();
  const small = { ...device, maxBytes: 2 ** 16 };
  expect(() => layoutOf(plan, small)).toThrow(UnsupportedError);
  expect(() => layoutOf(plan, small)).toThrow(
    /gpu\.js webasm: got a problem whose arrays take \d+ bytes, wanted at most 65536\. Split/,
  );
  await release();
});

test('an engine without memory for a run; the next one is right', async () => {
  const shared = await acquireGpu('webasm', {});
  let full = true;
  const upload = async (...given: Parameters<typeof shared.kernels.upload>): Promise<Resident> => {
    if (full) throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    return shared.kernels.upload(...given);
  };
  const backend = gpuBackend({ ...shared, kernels: { ...shared.kernels, upload } });
  const refused = backend.prepare(problem);
  await expect(refused).rejects.toThrow(UnsupportedError);
  await expect(refused).rejects.toThrow(/gpu\.js webasm: got no memory for the arrays of this problem \(WebAssembly\.Memory\(\)/);
  full = false;
  const prepared = await backend.prepare(problem);
  full = true;
  await expect(prepared.run(one, one, one)).rejects.toThrow(/Split the batch or the heads over several problems/);
  full = false;
  expect([...(await prepared.run(one, one, Float32Array.of(7))).output.data]).toEqual([7]);
  await backend.dispose();
});
