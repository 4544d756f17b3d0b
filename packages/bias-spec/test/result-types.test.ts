// The types of results, which the compiler checks: a requested log-sum-exp is defined, arrays are over an ArrayBuffer.
import { expect, it } from 'vitest';
import type { AbortSignalLike, AttentionResult, Float32Tensor } from '../src/index.ts';
import { alibiSlopes } from '../src/index.ts';
import { backendOf, resultOf } from '../src/backend/index.ts';
import { toy } from './toy-kernels.ts';

const ONE = Float32Array.of(1);

it('has a log-sum-exp in its type exactly if it was requested', async () => {
  const { run } = await backendOf(toy().kernels).prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
  const asked = await run(ONE, ONE, ONE, { logSumExp: true });
  const there: Float32Tensor = asked.logSumExp;
  expect(there.shape).toEqual([1, 1, 1]);
  const plain = await run(ONE, ONE, ONE);
  // @ts-expect-error - it may be missing
  const missing: Float32Tensor = plain.logSumExp;
  expect(missing).toBe(undefined);
  const perhaps: AttentionResult = await run(ONE, ONE, ONE, { logSumExp: alibiSlopes(1).length > 1 });
  expect(perhaps.logSumExp).toBe(undefined);
  // @ts-expect-error - a misspelt option is an error of types as well
  await expect(run(ONE, ONE, ONE, { logSumexp: true, progress: () => {} })).rejects.toThrow('logSumexp');
});

it('returns arrays that need no cast where an ArrayBuffer is required', async () => {
  const { run } = await backendOf(toy().kernels).prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
  const { output } = await run(ONE, ONE, ONE);
  expect(await new Blob([output.data, alibiSlopes(1)]).arrayBuffer()).toHaveProperty('byteLength', 12);
});

it('accepts a signal of any class, and results of a custom backend through resultOf', async () => {
  const signal: AbortSignalLike = { aborted: false, throwIfAborted: () => {} };
  const { run, plan } = await backendOf(toy().kernels).prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
  const { ranOn } = await run(ONE, ONE, ONE, { signal });
  expect(resultOf(plan, { output: ONE, logSumExp: ONE }, ranOn, { logSumExp: true }).logSumExp.data).toBe(ONE);
});
