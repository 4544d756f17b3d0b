// The reproducible profile: the same bits on every device that passes the start-up check. The host does what a shading language cannot be
// held to (canonical inputs, the bias, the division, the logarithm); the device computes tiles of 64 keys and folds them. What the rules
// mean, and the formulas, are the spec's.
import type { AttentionPlan } from '@relbias/bias-spec';
import {
  CUTOFF,
  LARGEST_LOGIT,
  LEAST,
  LEAST_LOGIT,
  ROW_MAX_FLOOR,
  canonicalInputs,
  logSumExp,
  logitScale,
  mantissaTable,
  outputNumber,
  piecesOf,
  power,
  prepareBias,
  reciprocal,
} from '@relbias/bias-spec/reproducible';
import { interleaved, keyRowsOf, padded, preparedTableOf, queryRowsOf, storedBiasOf } from './arrays.ts';
import type { Kernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import type { Profile } from './profile.ts';

const POWERS: Float32Array = Float32Array.from({ length: CUTOFF + 1 }, (_, x) => power(x));

export function reproducibleProfile(plan: AttentionPlan, layout: Layout, kernels: Kernels): Profile {
  const { heads, keyValueHeads, queries, keys, headDim, valueDim } = plan;
  const { tileRows, tiles, blockKeys, blocks, shapes } = layout;
  const bias = prepareBias(plan);
  const { table } = bias;
  const logits = kernels.reproducible.logits(table === null ? 'stored' : 'table');
  const { tileMaximum, tileWeights, tileSums, fold } = kernels.reproducible;
  const lanes = { heads, keyValueHeads, group: heads / keyValueHeads };
  const [tableWidth] = shapes.table;
  const numbers = {
    tiles,
    blocks,
    ...lanes,
    logitScale: logitScale(plan.scale),
    leastLogit: LEAST_LOGIT,
    largestLogit: LARGEST_LOGIT,
    ...(table !== null && {
      minDistance: table.minDistance,
      lastIndex: table.maxDistance - table.minDistance,
      tableWidth,
      tableWidthInverse: 1 / tableWidth,
      headLayers: table.headStride === 0 ? 0 : 1,
    }),
  };

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
      const { query, key, value, weightBits } = piecesOf(canonicalInputs(plan, inputs));
      const [queryHigh, queryLow] = query;
      const [keyHigh, keyLow] = key;
      // Each component of a split pair stands there three times, so that one loop adds the products in their order.
      const split = query.length > 1;
      const queryTerms = interleaved(split ? [queryHigh, queryHigh, queryLow] : [queryHigh], 1);
      const keyTerms = interleaved(split ? [keyHigh, keyLow, keyHigh] : [keyHigh], 1);
      const terms = split ? 3 * headDim : headDim;
      const pieces = value.length;
      // Padding is 0 already.
      const fill = (data: Float32Array, width: number, rows: number, paddedRows: number): Float32Array =>
        padded(data, width, rows, paddedRows, () => rows);
      return {
        arrays: {
          query: { data: fill(queryTerms, terms, queries, tiles * tileRows), shape: [terms, tileRows, shapes.query[2]] },
          key: { data: fill(keyTerms, terms, keys, blocks * blockKeys), shape: [terms, blockKeys, shapes.key[2]] },
          value: {
            data: fill(interleaved(value, valueDim), pieces * valueDim, keys, blocks * blockKeys),
            shape: [valueDim, pieces * blockKeys, shapes.value[2]],
          },
          mantissas: { data: mantissaTable(weightBits), shape: [256, 256, 1] },
        },
        async round(sent, state, { tile, block, turn }) {
          const at = { ...numbers, ...sent, terms, tile, block };
          const stored =
            table === null ? await kernels.upload(storedBiasOf(plan, layout, bias, tile, block), shapes.scores) : null;
          const logit = await logits.run(shapes.scores, stored === null ? at : { ...at, stored });
          stored?.delete?.();
          const maximum = await tileMaximum.run(shapes.maximum, { logits: logit, floor: ROW_MAX_FLOOR, keys: blockKeys });
          const { mantissas, powers } = sent;
          const weights = await tileWeights.run(shapes.scores, { logits: logit, maximum, mantissas, powers, cutoff: CUTOFF });
          const sums = await tileSums.run(shapes.state, {
            weights,
            value: sent['value'],
            block,
            blocks,
            columns: valueDim,
            keys: blockKeys,
            fours: blockKeys / 4,
            pieces,
            ...lanes,
          });
          return fold[turn].run(shapes.state, { state, sums, maximum, powers, columns: valueDim, cutoff: CUTOFF, least: LEAST });
        },
      };
    },
    isCompiled: () => logits.isReady(),
    compileScores: (sent, zeros) =>
      logits.run([1, 1, 1], { ...numbers, ...sent, query: zeros, key: zeros, stored: zeros, terms: 1, tile: 0, block: 0 }),
    start: () => kernels.start.run(shapes.state, { columns: valueDim, lowest: ROW_MAX_FLOOR }),
    finish(state, output) {
      const rowSum = state[valueDim];
      const shrink = reciprocal(rowSum);
      for (let c = 0; c < valueDim; c++) output[c] = outputNumber(state[c], shrink);
      return logSumExp(rowSum, state[valueDim + 1]);
    },
  };
}
