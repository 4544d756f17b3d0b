// The fast profile: float32 as the device computes it, with an exponential of our own, and a running maximum per row (online softmax).
import type { AttentionPlan } from '@relbias/bias-spec';
import { widenInputs } from '@relbias/bias-spec/backend';
import { keyRowsOf, padded, queryRowsOf, tableOf } from './arrays.ts';
import type { Kernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import type { Profile } from './profile.ts';
import { tableArguments } from './sources/bias.ts';
import { HIDDEN, LEAST_VISIBLE, batchHeadArguments } from './sources/pass.ts';
import type { ScoresVariant } from './sources/scores.ts';

export function fastProfile(plan: AttentionPlan, layout: Layout, kernels: Kernels): Profile {
  const { keyValueHeads, queries, keys, headDim, valueDim, mask, softcap } = plan;
  const { form, table, pieces } = layout.bias;
  const { tileRows, tiles, blockKeys, blocks, shapes } = layout;
  const variant: ScoresVariant = { form, softcap: softcap > 0 };
  const batchHeads = batchHeadArguments(plan);
  const numbers = {
    tiles,
    blocks,
    ...batchHeads,
    headDim,
    breaks: pieces?.breaks ?? 0,
    scale: plan.scale,
    softcap,
    softcapInverse: 1 / softcap,
    hidden: HIDDEN,
    leastVisible: LEAST_VISIBLE,
    minVisible: mask.minDistance,
    maxVisible: mask.maxDistance,
    ...(table !== null && tableArguments(table.minDistance, table.maxDistance, shapes.table[0])),
  };
  const visibleKeys = (batchHead: number): number => mask.keyLengths[Math.floor(batchHead / keyValueHeads)];

  return {
    arraysOfPlan: () => ({
      queryRows: { data: queryRowsOf(plan, layout), shape: shapes.queryRows },
      keyRows: { data: keyRowsOf(plan, layout), shape: shapes.keyRows },
      ...(table !== null && { table: { data: tableOf(table, layout), shape: shapes.table } }),
      ...(pieces !== null && { pieces: { data: pieces.data, shape: shapes.pieces } }),
    }),
    callOf(inputs) {
      const { query, key, value } = widenInputs(inputs);
      return {
        arrays: {
          query: { data: padded(query, headDim, queries, tiles * tileRows, () => queries), shape: shapes.query },
          key: { data: padded(key, headDim, keys, blocks * blockKeys, visibleKeys), shape: shapes.key },
          value: { data: padded(value, valueDim, keys, blocks * blockKeys, visibleKeys), shape: shapes.value },
        },
        products: headDim + valueDim,
        async round(sent, state, { tile, block, turn }) {
          const scores = await kernels.scores(variant).run(shapes.scores, { ...numbers, ...sent, tile, block });
          const maximum = await kernels.maximum.run(shapes.maximum, { scores, state, columns: valueDim, keys: blockKeys });
          const weights = await kernels.weights.run(shapes.scores, { scores, maximum, leastVisible: LEAST_VISIBLE });
          const own = { weights, value: sent['value'], state, maximum };
          return kernels.accumulate[turn].run(shapes.state, {
            ...own,
            block,
            blocks,
            columns: valueDim,
            keys: blockKeys,
            ...batchHeads,
          });
        },
      };
    },
    isCompiled: () => kernels.scores(variant).isReady(),
    compileScores: (sent, zeros) =>
      kernels.scores(variant).run([1, 1, 1], { ...numbers, ...sent, query: zeros, key: zeros, tile: 0, block: 0 }),
    start: () => kernels.start.run(shapes.state, { columns: valueDim, lowest: HIDDEN }),
    finish(state, output) {
      const sum = state[valueDim];
      // Only hidden pairs have a weight of exactly 0, so the sum is 0 only for a row without a visible key.
      if (sum === 0) return -Infinity;
      for (let c = 0; c < valueDim; c++) output[c] = state[c] / sum;
      return state[valueDim + 1] + Math.log(sum);
    },
  };
}
