// The naive kernel: four passes over one row of logits at a time. Slow, O(keys) scratch, and easy to check by eye.
import type { AttentionPlan } from '@relbias/bias-spec';
import { isVisible, keyValueRow, pairReader } from '@relbias/bias-spec/backend';
import { byBlocks } from '../backend/blocks.ts';
import type { CpuKernel, PreparedBlocks, RowBlock } from '../backend/kernel.ts';
import { ONE_THREAD } from '../backend/kernel.ts';

export const naiveKernel: CpuKernel = {
  name: 'naive',
  device: 'JavaScript, 1 thread',
  threads: ONE_THREAD,
  numerics: ['fast'],
  prepare: prepareNaive,
  openCache: null,
  dispose: async () => {},
};

function prepareNaive(plan: AttentionPlan): PreparedBlocks {
  const { heads, queries, keys, headDim, valueDim } = plan;
  const { mask, positions } = plan;
  const bias = pairReader(plan);
  return {
    allocate: null,
    start: ({ widened, outputs: { output, logSumExp } }) => {
      const { query, key, value } = widened();
      const logits = new Float32Array(keys);
      const compute = ({ b, h, firstRow, endRow }: RowBlock): void => {
        const firstKeyRow = keyValueRow(plan, b, h);
        for (let i = firstRow; i < endRow; i++) {
          const row = b * queries + i;
          const outRow = (b * heads + h) * queries + i;
          const q = query.subarray(outRow * headDim, (outRow + 1) * headDim);
          const out = output.subarray(outRow * valueDim, (outRow + 1) * valueDim).fill(0);

          // Pass 1: logits, hidden keys at -Infinity.
          for (let j = 0; j < keys; j++) {
            const distance = positions.query[row] - positions.key[b * keys + j];
            if (!isVisible(mask, b, i, j, distance, queries, keys)) {
              logits[j] = -Infinity;
              continue;
            }
            const added = bias(h, row, distance);
            logits[j] = added === -Infinity ? added : contentScore(plan, q, key, (firstKeyRow + j) * headDim) + added;
          }

          // Pass 2: the maximum, so that no exponential overflows.
          let max = -Infinity;
          for (let j = 0; j < keys; j++) max = Math.max(max, logits[j]);
          logSumExp[outRow] = -Infinity;
          if (max === -Infinity) continue;

          // Pass 3: the weights and their sum.
          let sum = 0;
          for (let j = 0; j < keys; j++) {
            logits[j] = Math.exp(logits[j] - max);
            sum = Math.fround(sum + logits[j]);
          }
          logSumExp[outRow] = max + Math.log(sum);

          // Pass 4: the weighted sum of the values.
          for (let j = 0; j < keys; j++) {
            if (logits[j] === 0) continue;
            const v = (firstKeyRow + j) * valueDim;
            for (let c = 0; c < valueDim; c++) out[c] += logits[j] * value[v + c];
          }
          for (let c = 0; c < valueDim; c++) out[c] /= sum;
        }
      };
      return byBlocks(plan, compute);
    },
  };
}

/** softcap(scale * q . k) of one pair in float32: `q` is one query row; the key row starts at `start`. Every step of the sum is rounded to float32, as a kernel in float32 would. */
export function contentScore(plan: AttentionPlan, q: Float32Array, key: Float32Array, start: number): number {
  const { headDim, scale, softcap } = plan;
  let dot = 0;
  for (let c = 0; c < headDim; c++) dot = Math.fround(dot + Math.fround(q[c] * key[start + c]));
  const score = scale * dot;
  return softcap === 0 ? score : softcap * Math.tanh(score / softcap);
}
