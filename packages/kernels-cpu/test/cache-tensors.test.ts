// The kinds of tensors that a cache accepts, as `run` does: a Float32Array, a tensor, and a tensor of onnxruntime with `dims` and `type`.
import type { TensorLike } from '@relbias/bias-spec';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { expect, test } from 'vitest';

const data = Float32Array.of(1, 2);
const shape = [1, 1, 2, 1];

test.each<[string, unknown]>([
  ['a Float32Array', data],
  ['a tensor', { data, shape, dtype: 'float32' }],
  ['a tensor of onnxruntime', { data, dims: shape, type: 'float32' }],
])('%s', (_kind, given) => {
  const cache = createCpuBackendSync().createCacheSync({ heads: 1, headDim: 1, mask: { causal: true } });
  const tokens = given as TensorLike;
  cache.append(tokens, tokens);
  expect(cache.length).toBe(2);
  const { output } = cache.attendSync(tokens);
  expect([...output.data]).toEqual([1, expect.closeTo(1 + 1 / (1 + Math.exp(-2)), 6)]);
});
