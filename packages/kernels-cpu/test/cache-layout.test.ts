// The memory layout of a cache: addresses that workers write to do not depend on the capacity, because a worker may still compute a row block of an
// aborted call while the cache grows.
import type { Bias } from '@relbias/bias-spec';
import { alibi, fire, planAttention } from '@relbias/bias-spec';
import { replan } from '@relbias/bias-spec/backend';
import { describe, expect, test } from 'vitest';
import { biasTables } from '../src/wasm/bias-tables.ts';
import type { CacheLayout } from '../src/wasm/cache-layout.ts';
import { layOutCache } from '../src/wasm/cache-layout.ts';
import type { SizesOf } from '../src/wasm/workspace.ts';

const SIZES: SizesOf = {
  scratchBytes: () => 1024,
  packedBytes: (rows, columns) => 4 * rows * columns,
  paddedColumns: (valueDim) => Math.ceil(valueDim / 4) * 4,
};

function layout(bias: Bias | undefined, capacity: number): CacheLayout {
  const sizes = { batch: 1, headDim: 8, valueDim: 8, queries: capacity, keys: capacity };
  const plan = planAttention({ heads: 2, queries: 1, keys: 1, headDim: 8, mask: { causal: true }, bias });
  const tables = biasTables(replan(plan, sizes), null);
  return layOutCache(plan, tables, capacity, SIZES, { threads: 2, places: 4 });
}

describe('addresses that are written to', () => {
  test.each([
    ['without a bias', undefined],
    ['by distance', alibi({ heads: 2 })],
    ['by rows', fire({ heads: 2, w1: [1], b1: [0], w2: [1, -1], b2: [0, 0], threshold: 1 })],
    [
      'by distance up to a threshold, then by rows',
      fire({ heads: 2, w1: [1], b1: [0], w2: [1, -1], b2: [0, 0], threshold: 600 }),
    ],
  ])('%s', (_bias, bias) => {
    const written = [64, 512, 576, 4096].map((capacity) => {
      const { alone, shared } = layout(bias, capacity);
      return [alone, shared].map(
        (workArea) => workArea && [workArea.rowBlocks, workArea.rowBlockStride, workArea.scratch, workArea.scratchStride],
      );
    });
    for (const one of written) expect(one).toEqual(written[0]);
  });
});
