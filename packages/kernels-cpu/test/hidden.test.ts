// Hidden pairs stay hidden whatever their score, in every kernel: a score that overflowed must not reach the sums.
import type { AttentionProblem } from '@relbias/bias-spec';
import { alibi } from '@relbias/bias-spec';
import { CPU_KERNEL_NAMES, createCpuBackendSync } from '@relbias/kernels-cpu';
import { describe, expect, test } from 'vitest';

const sizes = { heads: 2, keyValueHeads: 1, queries: 2, keys: 2, headDim: 1 };
const query = Float32Array.of(1e30, 1, 1, 1);
/** The first head's first query and the second key, which lies in its future, have a product that overflows float32. */
const key = Float32Array.of(1e-30, 1e30);
const value = Float32Array.of(5, 7);

describe.each(CPU_KERNEL_NAMES)('%s', (kernel) => {
  test.each<[string, Partial<AttentionProblem>]>([
    ['the mask', { mask: { causal: true } }],
    // In asymmetric ALiBi, the first half of the heads sees only the past.
    ['the bias', { bias: alibi({ heads: 2, future: 'asymmetric' }) }],
  ])('hidden by %s', (_by, given) => {
    const prepared = createCpuBackendSync({ kernel }).prepareSync({ ...sizes, ...given });
    const { output, logSumExp } = prepared.runSync(query, key, value, { logSumExp: true });
    expect([output.data[0], logSumExp?.data[0]]).toEqual([5, 1]);
  });
});
