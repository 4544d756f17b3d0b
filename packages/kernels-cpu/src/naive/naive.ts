// The naive kernel: four passes over one row of logits at a time. Slow, with O(keys) scratch memory, and easy to check by eye.
import type { AttentionPlan } from '@relbias/bias-spec';
import { isVisible, pairReader } from '@relbias/bias-spec/backend';
import type { CpuKernel, PreparedBlocks } from '../backend/kernel.ts';
import { byRows, contentScore, rowKernel } from '../backend/rows.ts';

export const naiveKernel: CpuKernel = {
  ...rowKernel('naive', ['fast'], prepareNaive),
  numericsHint: "The kernels 'wasm' and 'online' support it.",
};

function prepareNaive(plan: AttentionPlan): PreparedBlocks {
  const { queries, keys, headDim, valueDim, mask, positions } = plan;
  const bias = pairReader(plan);
  return byRows(plan, ({ key, value, logSumExp }) => {
    const logits = new Float32Array(keys);
    return ({ b, h, i, row, outRow, firstKeyRow, q, out }) => {
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

      // Pass 2: the maximum, which keeps exponentials from overflowing.
      let max = -Infinity;
      for (let j = 0; j < keys; j++) max = Math.max(max, logits[j]);
      logSumExp[outRow] = -Infinity;
      if (max === -Infinity) return;

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
    };
  });
}
