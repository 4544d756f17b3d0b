// Saboteurs of the reproducible profile: correct float32 attention with other bits than the profile defines.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Slices, WeightBits } from '@relbias/bias-spec/reproducible';
import {
  SMALLEST_LOGIT,
  MASKED,
  biasFactorOf,
  mantissaTable,
  prepareBias,
  preparedBias,
  weightBitsOf,
} from '@relbias/bias-spec/reproducible';
import { isPerDistance, readBias, readInputs } from '@relbias/bias-spec/backend';
import { bitsBackend } from '../bits/backend.ts';
import type { BitsSteps } from '../bits/steps.ts';
import { withRowScales } from './bias.ts';
import type { Saboteur } from './saboteur.ts';

/** Backends that offer the reproducible profile and break it in one place each. */
export const bitsSaboteurs: readonly Saboteur[] = [
  {
    name: 'sums-backwards',
    what: 'the components of q.k are added from the last to the first',
    backend: () => bitsBackend({ component: (place, headDim) => headDim - 1 - place }),
    caughtBy: 'bits/none:queries=3;keys=65',
    passes: 'bits/none:headDim=1;dtype=bfloat16',
  },
  {
    name: 'pairwise-sums',
    what: 'the lanes of the row sum are added in another order',
    backend: () => bitsBackend({ lanes: ([a, b, c, d]) => Math.fround(Math.fround(a + b) + c) + d }),
    caughtBy: 'bits/none:queries=5;keys=257;dtype=bfloat16',
    passes: 'bits/none:keys=1',
  },
  {
    name: 'fuses-an-inexact-product',
    what: 'float32 inputs are multiplied in full and fused into the sum: more exact, but not possible on every device',
    backend: () =>
      bitsBackend({
        slices: ({ query, key, value, dtypes }) => {
          const whole = (numbers: Float32Array): Slices => [numbers];
          return { query: whole(query), key: whole(key), value: whole(value), weightBits: weightBitsOf(dtypes.value) };
        },
      }),
    caughtBy: 'bits/none:causal',
    passes: 'bits/none:causal;dtype=bfloat16',
  },
  {
    name: 'native-exp',
    what: "weights from the platform's exp, rounded to 16 bits",
    backend: () =>
      bitsBackend({
        table: () => Float32Array.from({ length: 65536 }, (_, fraction) => Math.round(2 ** (15 + fraction / 65536)) / 32768),
      }),
    caughtBy: 'bits/none:queries=5;keys=257;dtype=bfloat16',
    passes: 'bits/none:queries=2;keys=130;data=equal',
  },
  {
    name: 'running-maximum',
    what: 'weights are relative to the largest logit so far, not to that of the tile',
    backend: () => bitsBackend({ rowMax: (tileMax, before) => Math.max(tileMax, before) }),
    caughtBy: 'bits/proof/jump-ladder',
    passes: 'bits/none:queries=3;keys=64;dtype=float16',
  },
  {
    name: 'tiles-of-128',
    what: 'one fold for every 128 keys',
    backend: () => bitsBackend({ tileKeys: 128 }),
    caughtBy: 'bits/none:queries=2;keys=128;dtype=bfloat16',
    passes: 'bits/none:queries=3;keys=64;dtype=float16',
  },
  {
    name: 'inputs-as-they-come',
    what: 'numbers of any size, and infinities, go into the products',
    backend: () =>
      bitsBackend({
        canonical: (plan, query, key, value) => ({
          ...readInputs(plan, query, key, value),
          dtypes: { query: 'float32', key: 'float32', value: 'float32' },
        }),
      }),
    caughtBy: 'bits/none:causal;dtype=float16',
    passes: 'bits/none:causal',
  },
  {
    name: 'rounds-the-logit',
    what: 'the fixed-point logit is rounded to nearest instead of down',
    backend: () =>
      bitsBackend({
        logit: (score, bias, factor) => Math.max(SMALLEST_LOGIT, Math.round(Math.fround(Math.fround(score + bias) * factor))),
      }),
    caughtBy: 'bits/none:queries=5;keys=257;dtype=bfloat16',
    passes: 'bits/none:data=zeros;dtype=float16',
  },
  {
    name: 'rounds-the-weight-down',
    what: 'the mantissa of the weight loses its last bits instead of being rounded',
    backend: () => bitsBackend({ table: truncatedTable }),
    caughtBy: 'bits/none:queries=5;keys=257;dtype=bfloat16',
    passes: 'bits/none:data=zeros;dtype=float16',
  },
  {
    name: 'longer-means-another-order',
    what: 'with more keys than one tile the lanes of the row sum are added in another order',
    backend: () => bitsBackend(({ keys }) => (keys > 64 ? { lanes: oneAfterTheOther } : {})),
    caughtBy: 'bits/split/shorter/t5:queries=9;keys=66;causal',
    passes: 'bits/t5:causal',
  },
  {
    name: 'another-order-for-many-queries',
    what: 'more queries than a block of eight are summed in another order',
    backend: () => bitsBackend(({ queries }) => (queries > 8 ? { keyAt: (place, count) => count - 1 - place } : {})),
    caughtBy: 'bits/split/queries/none:queries=12;keys=70;queryStart=0;biasScale=-7.3',
    passes: 'bits/none:queries=5;keys=257',
  },
  {
    name: 'another-order-in-a-batch',
    what: 'a batch is computed with the keys in another order than its rows alone',
    backend: () => bitsBackend(({ batch }) => (batch > 1 ? { keyAt: (place, count) => count - 1 - place } : {})),
    caughtBy: 'bits/split/batch/none:batch=2;queries=3;keys=70;queryStart=67,1;dtype=bfloat16',
    passes: 'bits/none:queries=5;keys=257',
  },
  {
    name: 'one-far-row-changes-all',
    what: 'if distances span more than a small table, the bias of all rows is rounded once instead of twice',
    backend: () =>
      bitsBackend(({ positions: { minDistance, maxDistance } }) =>
        maxDistance - minDistance > 4096 ? { bias: roundedOnce } : {},
      ),
    caughtBy: 'bits/split/far-row/fire.past-threshold-signed:queries=4;keys=70;queryStart=1;biasScale=-7.3;dtype=float16',
    passes: 'bits/fire.past-threshold:queries=5;keys=257',
  },
  {
    name: 'another-term-where-rows-agree',
    what: "a table of the family's own numbers where all rows share a scale, the row-scaled term where they do not",
    backend: () => bitsBackend((plan) => (isPerDistance(plan.lowered) || !hasTable(plan) ? {} : { bias: roundedOnce })),
    caughtBy: 'bits/split/queries/fire.past-threshold:queries=12;keys=70;queryStart=0;biasScale=-7.3',
    passes: 'bits/fire.past-threshold:queries=5;keys=257',
  },
  {
    name: 'scales-of-the-first-batch-row',
    what: 'all batch rows use the row scales of the first',
    backend: () => bitsBackend({ bias: firstRowScales }),
    caughtBy: 'bits/split/batch/fire.past-threshold:batch=2;queries=3;keys=70;queryStart=67,1;dtype=bfloat16',
    passes: 'bits/fire.past-threshold:queries=5;keys=257',
  },
];

const oneAfterTheOther: BitsSteps['lanes'] = ([a, b, c, d]) => Math.fround(Math.fround(a + b) + c) + d;

/** The bias as the family computes it, rounded when it is in units of scores. */
const roundedOnce: BitsSteps['bias'] = (plan) => {
  const { at, ...rest } = prepareBias(plan);
  const { bias, positions, queries, keys } = plan;
  return {
    ...rest,
    at(b, h, i, j) {
      const prepared = at(b, h, i, j);
      if (prepared === MASKED) return prepared;
      const position = positions.query[b * queries + i];
      return preparedBias(bias.value(h, position - positions.key[b * keys + j], position), biasFactorOf(plan));
    },
  };
};

const firstRowScales: BitsSteps['bias'] = (plan) => prepareBias(withRowScales(plan, (row, all) => all[row % plan.queries]));

/** Whether kernels read the bias from a table by distance. */
function hasTable(plan: AttentionPlan): boolean {
  return readBias(plan, { none: () => true, 'per-distance': () => true, 'row-scaled': () => false });
}

/** The table of the profile, every other mantissa one unit short. */
function truncatedTable(bits: WeightBits): Float32Array {
  const unit = bits === 16 ? 1 : 8;
  return mantissaTable(bits).map((one, fraction) => one - (fraction % 2) * (unit / 32768));
}
