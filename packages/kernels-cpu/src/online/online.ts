// The online kernel: one pass over the keys in blocks, with a running maximum, sum and output per row (online softmax). Its scratch memory is one
// block, whatever the number of keys. The WebAssembly kernel is the same algorithm.
import type { AttentionPlan } from '@relbias/bias-spec';
import { isVisible, keyRange, pairReader } from '@relbias/bias-spec/backend';
import type { CpuKernel, PreparedBlocks } from '../backend/kernel.ts';
import { byRows, contentScore, rowKernel } from '../backend/rows.ts';
import { prepareReproducible } from './reproducible.ts';

/** Keys per block: their logits fit in the first-level cache, and the running state is rescaled once per block. */
const KEY_BLOCK = 64;

export const onlineKernel: CpuKernel = rowKernel('online', ['fast', 'reproducible'], (plan) =>
  plan.numerics === 'fast' ? prepareOnline(plan) : prepareReproducible(plan),
);

function prepareOnline(plan: AttentionPlan): PreparedBlocks {
  const { queries, keys, headDim, valueDim, mask, positions } = plan;
  const bias = pairReader(plan);
  return byRows(plan, ({ key, value, logSumExp }) => {
    const weights = new Float32Array(KEY_BLOCK);
    return ({ b, h, i, row, outRow, firstKeyRow, q, out }) => {
      const { firstKey, endKey } = keyRange(plan, b, i, i + 1);
      let max = -Infinity;
      let sum = 0;
      for (let block = firstKey; block < endKey; block += KEY_BLOCK) {
        const count = Math.min(KEY_BLOCK, endKey - block);

        // The block's logits and their maximum.
        let blockMax = -Infinity;
        for (let index = 0; index < count; index++) {
          const j = block + index;
          const distance = positions.query[row] - positions.key[b * keys + j];
          weights[index] = -Infinity;
          if (!isVisible(mask, b, i, j, distance, queries, keys)) continue;
          const added = bias(h, row, distance);
          if (added === -Infinity) continue;
          weights[index] = contentScore(plan, q, key, (firstKeyRow + j) * headDim) + added;
          blockMax = Math.max(blockMax, weights[index]);
        }
        if (blockMax === -Infinity) continue;

        // Rescale the sum and the output from the old maximum to the new one.
        const newMax = Math.max(max, blockMax);
        const rescale = Math.fround(Math.exp(max - newMax));
        max = newMax;
        sum = Math.fround(sum * rescale);
        for (let c = 0; c < valueDim; c++) out[c] *= rescale;

        for (let index = 0; index < count; index++) {
          const weight = Math.fround(Math.exp(weights[index] - max));
          if (weight === 0) continue;
          sum = Math.fround(sum + weight);
          const v = (firstKeyRow + block + index) * valueDim;
          for (let c = 0; c < valueDim; c++) out[c] += weight * value[v + c];
        }
      }
      logSumExp[outRow] = max === -Infinity ? -Infinity : max + Math.log(sum);
      if (sum > 0) for (let c = 0; c < valueDim; c++) out[c] /= sum;
    };
  });
}
