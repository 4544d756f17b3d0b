// The reproducible profile: the same bits on every device that passes the start-up check. The host computes what shading languages do not
// specify exactly (canonical inputs, the bias, the division, the logarithm); the device computes tiles of 64 keys and folds them. The rules are
// in docs/numerics.md, the formulas in bias-spec.
import type { AttentionPlan } from '@relbias/bias-spec';
import {
  CUTOFF,
  LARGEST_LOGIT,
  FLUSH_BELOW,
  SMALLEST_LOGIT,
  ROW_MAX_FLOOR,
  canonicalInputs,
  logSumExp,
  logitScale,
  mantissaTable,
  outputNumber,
  slicesOf,
  power,
  prepareBias,
  reciprocal,
} from '@relbias/bias-spec/reproducible';
import { interleaved, keyRowsOf, padded, preparedTableOf, queryRowsOf, storedBiasOf } from './arrays.ts';
import type { Kernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import type { Resident } from './library.ts';
import type { Profile } from './profile.ts';
import { tableArguments } from './sources/bias.ts';
import { batchHeadArguments } from './sources/pass.ts';

/** The slices of a query and a key that are multiplied, in the order in which the products are added; 0 is the high slice. */
const WHOLE = [{ query: 0, key: 0 }];
const HIGH_AND_LOW = [...WHOLE, { query: 0, key: 1 }, { query: 1, key: 0 }];

const POWERS: Float32Array = Float32Array.from({ length: CUTOFF + 1 }, (_, x) => power(x));

export function reproducibleProfile(plan: AttentionPlan, layout: Layout, kernels: Kernels): Profile {
  const { queries, keys, headDim, valueDim } = plan;
  const { tileRows, tiles, blockKeys, blocks, shapes } = layout;
  const bias = prepareBias(plan);
  const { table } = bias;
  const { tileMaximum, tileWeights, tileSums, fold } = kernels.reproducible;
  const logitsKernel = kernels.reproducible.logits(table === null ? 'stored' : 'table');
  const batchHeads = batchHeadArguments(plan);
  const numbers = {
    tiles,
    blocks,
    ...batchHeads,
    logitScale: logitScale(plan.scale),
    leastLogit: SMALLEST_LOGIT,
    largestLogit: LARGEST_LOGIT,
    ...(table !== null && tableArguments(table.minDistance, table.maxDistance, shapes.table[0])),
    headLayers: table === null || table.headStride === 0 ? 0 : 1,
  };

  async function logitsOf(values: Readonly<Record<string, number | Resident>>, tile: number, block: number): Promise<Resident> {
    const at = { ...numbers, ...values, tile, block };
    if (table !== null) return logitsKernel.run(shapes.scores, at);
    const stored = await kernels.upload(storedBiasOf(plan, layout, bias, tile, block), shapes.scores);
    try {
      return await logitsKernel.run(shapes.scores, { ...at, stored });
    } finally {
      stored.delete?.();
    }
  }

  return {
    arraysOfPlan: () => ({
      powers: { data: POWERS, shape: [POWERS.length, 1, 1] },
      ...(table !== null && {
        queryRows: { data: queryRowsOf(plan, layout), shape: shapes.queryRows },
        keyRows: { data: keyRowsOf(plan, layout), shape: shapes.keyRows },
        table: { data: preparedTableOf(table, layout), shape: shapes.table },
      }),
    }),
    callOf(inputs) {
      const { query, key, value, weightBits } = slicesOf(canonicalInputs(plan, inputs));
      const products = query.length === 1 ? WHOLE : HIGH_AND_LOW;
      const terms = headDim * products.length;
      const slices = value.length;
      const queryTerms = interleaved(products.map((one) => query[one.query]));
      const keyTerms = interleaved(products.map((one) => key[one.key]));
      const valueRows = interleaved(value, valueDim);
      // Padding is 0 already.
      const placed = (data: Float32Array, width: number, rows: number, paddedRows: number): Float32Array =>
        padded(data, width, rows, paddedRows, () => rows);
      return {
        arrays: {
          query: { data: placed(queryTerms, terms, queries, tiles * tileRows), shape: [terms, tileRows, shapes.query[2]] },
          key: { data: placed(keyTerms, terms, keys, blocks * blockKeys), shape: [terms, blockKeys, shapes.key[2]] },
          value: {
            data: placed(valueRows, slices * valueDim, keys, blocks * blockKeys),
            shape: [valueDim, slices * blockKeys, shapes.value[2]],
          },
          mantissas: { data: mantissaTable(weightBits), shape: [256, 256, 1] },
        },
        products: terms + slices * valueDim,
        async round(sent, state, { tile, block, turn }) {
          const { value: sentValue, mantissas, powers } = sent;
          const logits = await logitsOf({ ...sent, terms }, tile, block);
          const maximum = await tileMaximum.run(shapes.maximum, { logits, floor: ROW_MAX_FLOOR, keys: blockKeys });
          const weights = await tileWeights.run(shapes.scores, { logits, maximum, mantissas, powers, cutoff: CUTOFF });
          const at = { block, blocks, columns: valueDim, keys: blockKeys, fours: blockKeys / 4, slices, ...batchHeads };
          const sums = await tileSums.run(shapes.state, { weights, value: sentValue, ...at });
          return fold[turn].run(shapes.state, {
            state,
            sums,
            maximum,
            powers,
            columns: valueDim,
            cutoff: CUTOFF,
            least: FLUSH_BELOW,
          });
        },
      };
    },
    isCompiled: () => logitsKernel.isReady(),
    compileScores: (sent, zeros) =>
      logitsKernel.run([1, 1, 1], { ...numbers, ...sent, query: zeros, key: zeros, stored: zeros, terms: 1, tile: 0, block: 0 }),
    start: () => kernels.start.run(shapes.state, { columns: valueDim, lowest: ROW_MAX_FLOOR }),
    finish(state, output) {
      const rowSum = state[valueDim];
      const rowReciprocal = reciprocal(rowSum);
      for (let c = 0; c < valueDim; c++) output[c] = outputNumber(state[c], rowReciprocal);
      return logSumExp(rowSum, state[valueDim + 1]);
    },
  };
}
