// The frame of the kernels in plain JavaScript: one query row at a time, on the caller's thread, in the caller's arrays.
import type { AttentionPlan, Numerics } from '@relbias/bias-spec';
import type { Inputs, Outputs } from '@relbias/bias-spec/backend';
import { keyValueRow } from '@relbias/bias-spec/backend';
import { byBlocks } from './blocks.ts';
import type { CpuKernel, PreparedBlocks } from './kernel.ts';
import { ONE_THREAD } from './kernel.ts';

/** Query i of head h in batch row b. */
export interface QueryRow {
  readonly b: number;
  readonly h: number;
  readonly i: number;
  /** Its index over all batch rows: b * queries + i. */
  readonly row: number;
  /** Its index over all batch rows and heads, which is its index in the log-sum-exp. */
  readonly outRow: number;
  /** The index of the row of key 0 in the key and value tensors. */
  readonly firstKeyRow: number;
  /** [headDim] */
  readonly q: Float32Array;
  /** [valueDim], zeros */
  readonly out: Float32Array;
}

/** A kernel of this kind. It has no memory of its own, so it has neither allocated tensors nor caches. */
export function rowKernel(name: string, numerics: readonly Numerics[], prepare: CpuKernel['prepare']): CpuKernel {
  return {
    name,
    device: 'JavaScript, 1 thread',
    threads: ONE_THREAD,
    numerics,
    prepare,
    openCache: null,
    dispose: async () => {},
  };
}

/** A plan prepared for such a kernel. `begin` takes the tensors of a call and returns the function that computes one row. */
export function byRows(plan: AttentionPlan, begin: (tensors: Inputs & Outputs) => (row: QueryRow) => void): PreparedBlocks {
  const { heads, queries, headDim, valueDim } = plan;
  return {
    allocate: null,
    start({ widened, outputs }) {
      const inputs = widened();
      const attend = begin({ ...inputs, ...outputs });
      return byBlocks(plan, ({ b, h, firstRow, endRow }) => {
        const firstKeyRow = keyValueRow(plan, b, h);
        for (let i = firstRow; i < endRow; i++) {
          const row = b * queries + i;
          const outRow = (b * heads + h) * queries + i;
          const q = inputs.query.subarray(outRow * headDim, (outRow + 1) * headDim);
          const out = outputs.output.subarray(outRow * valueDim, (outRow + 1) * valueDim).fill(0);
          attend({ b, h, i, row, outRow, firstKeyRow, q, out });
        }
      });
    },
  };
}

/** softcap(scale * q . k) of one query row `q` and the key row at index `start`. The sum is rounded to float32 at every step. */
export function contentScore(plan: AttentionPlan, q: Float32Array, key: Float32Array, start: number): number {
  const { headDim, scale, softcap } = plan;
  let dot = 0;
  for (let c = 0; c < headDim; c++) dot = Math.fround(dot + Math.fround(q[c] * key[start + c]));
  const score = scale * dot;
  return softcap === 0 ? score : softcap * Math.tanh(score / softcap);
}
