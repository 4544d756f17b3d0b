// Attention under the reproducible profile in plain JavaScript: the loops of the online kernel, in the order that the profile prescribes. All
// formulas are imported from bias-spec. The bits are those of every other backend.
import type { AttentionPlan } from '@relbias/bias-spec';
import { keyRange, keyValueRow } from '@relbias/bias-spec/backend';
import type { InputSlices } from '@relbias/bias-spec/reproducible';
import {
  SMALLEST_LOGIT,
  MASKED,
  ROW_MAX_FLOOR,
  TILE_KEYS,
  canonicalInputs,
  fixedLogit,
  logSumExp as naturalLog,
  logitScale,
  mantissaTable,
  outputNumber,
  slicesOf,
  prepareBias,
  reciprocal,
  rescaled,
  weight,
} from '@relbias/bias-spec/reproducible';
import { byBlocks } from '../backend/blocks.ts';
import type { PreparedBlocks, RowBlock } from '../backend/kernel.ts';

/** The plan must have been admitted to the profile by the session. */
export function prepareReproducible(plan: AttentionPlan): PreparedBlocks {
  const { heads, queries, headDim, valueDim } = plan;
  const bias = prepareBias(plan);
  const factor = logitScale(plan.scale);
  return {
    allocate: null,
    start: ({ raw, check, outputs: { output, logSumExp } }) => {
      check();
      const slices = slicesOf(canonicalInputs(plan, raw));
      const scoreOf = scoreReader(slices, headDim);
      const table = mantissaTable(slices.weightBits);
      const biases = new Float32Array(TILE_KEYS);
      const logits = new Int32Array(TILE_KEYS);
      const lanes = new Float32Array(4);
      const sums = new Float32Array(valueDim);
      const tile = new Float32Array(valueDim);

      const compute = ({ b, h, firstRow, endRow }: RowBlock): void => {
        const firstKeyRow = keyValueRow(plan, b, h);
        for (let i = firstRow; i < endRow; i++) {
          const outRow = (b * heads + h) * queries + i;
          const { firstKey, endKey } = keyRange(plan, b, i, i + 1);
          let rowMax = ROW_MAX_FLOOR;
          let rowSum = 0;
          sums.fill(0);
          // Tiles begin at key indices that are multiples of 64, wherever the visible keys begin.
          for (let first = firstKey - (firstKey % TILE_KEYS); first < endKey; first += TILE_KEYS) {
            bias.fill(b, h, i, first, biases);
            let tileMax = ROW_MAX_FLOOR;
            for (let j = 0; j < TILE_KEYS; j++) {
              const added = biases[j];
              const logit =
                added === MASKED
                  ? SMALLEST_LOGIT
                  : fixedLogit(scoreOf(outRow * headDim, (firstKeyRow + first + j) * headDim), added, factor);
              logits[j] = logit;
              tileMax = Math.max(tileMax, logit >> 16);
            }
            lanes.fill(0);
            tile.fill(0);
            for (let j = 0; j < TILE_KEYS; j++) {
              const one = weight(logits[j], tileMax, table);
              if (one === 0) continue;
              lanes[j & 3] += one;
              for (const slice of slices.value) {
                const v = (firstKeyRow + first + j) * valueDim;
                for (let c = 0; c < valueDim; c++) tile[c] += one * slice[v + c];
              }
            }
            const tileSum = Math.fround(Math.fround(lanes[0] + lanes[1]) + Math.fround(lanes[2] + lanes[3]));
            if (tileSum === 0) continue;

            // Fold the tile into the row: rescale both to the larger maximum, by powers of two.
            const most = Math.max(rowMax, tileMax);
            const [before, after] = [most - rowMax, most - tileMax];
            rowMax = most;
            rowSum = Math.fround(rescaled(rowSum, before) + rescaled(tileSum, after));
            for (let c = 0; c < valueDim; c++) sums[c] = rescaled(sums[c], before) + rescaled(tile[c], after);
          }
          const overSum = reciprocal(rowSum);
          for (let c = 0; c < valueDim; c++) output[outRow * valueDim + c] = outputNumber(sums[c], overSum);
          logSumExp[outRow] = naturalLog(rowSum, rowMax);
        }
      };
      return byBlocks(plan, compute);
    },
  };
}

/** q . k of the query row at index `q` and the key row at index `k`. Every product is exact, every partial sum rounded to float32. */
function scoreReader({ query, key }: InputSlices, headDim: number): (q: number, k: number) => number {
  const [queryHigh, queryLow] = query;
  const [keyHigh, keyLow] = key;
  if (query.length === 1) {
    return (q, k) => {
      let sum = 0;
      for (let c = 0; c < headDim; c++) sum = Math.fround(sum + queryHigh[q + c] * keyHigh[k + c]);
      return sum;
    };
  }
  return (q, k) => {
    let sum = 0;
    for (let c = 0; c < headDim; c++) {
      sum = Math.fround(sum + queryHigh[q + c] * keyHigh[k + c]);
      sum = Math.fround(sum + queryHigh[q + c] * keyLow[k + c]);
      sum = Math.fround(sum + queryLow[q + c] * keyHigh[k + c]);
    }
    return sum;
  };
}
