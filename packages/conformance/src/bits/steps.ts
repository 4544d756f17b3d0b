// Reproducible attention, row by row, with replaceable steps: the base of saboteurs and mutations. With no step replaced it has the bits of the
// reference.
import type { AttentionPlan, TensorLike } from '@relbias/bias-spec';
import { keyValueRow } from '@relbias/bias-spec/backend';
import type { CanonicalInputs, InputSlices, PartialRows, PreparedBias, WeightBits } from '@relbias/bias-spec/reproducible';
import {
  MASKED,
  SMALLEST_LOGIT,
  ROW_MAX_FLOOR,
  TILE_KEYS,
  finishLogSumExp,
  fixedLogit,
  foldTile,
  logitScale,
  mantissaTable,
  noKeys,
  outputNumber,
  slicesOf,
  prepareBias,
  readCanonicalInputs,
  reciprocal,
  weight,
} from '@relbias/bias-spec/reproducible';
import type { Bits } from './compare.ts';

/** The replaceable steps, by the rules of docs/numerics.md. */
export interface BitsSteps {
  /** Rule 1. */
  readonly canonical: (plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike) => CanonicalInputs;
  /** Rule 2. */
  readonly logitScale: (scale: number) => number;
  /** Rule 3. */
  readonly bias: (plan: AttentionPlan) => PreparedBias;
  /** Rules 4 and 8: the factors of a product. */
  readonly slices: (inputs: CanonicalInputs) => InputSlices;
  /** Rules 4 and 8: sum + a * b. */
  readonly add: (sum: number, a: number, b: number) => number;
  /** Rule 4: the component at this index of the sum. */
  readonly component: (place: number, headDim: number) => number;
  /** Rule 5. */
  readonly logit: (score: number, preparedBias: number, factor: number) => number;
  /** Rule 6: the keys of a tile, and the maximum that its weights are relative to. */
  readonly tileKeys: number;
  readonly rowMax: (tileMax: number, before: number) => number;
  /** Rule 7. */
  readonly table: (bits: WeightBits) => Float32Array;
  readonly weight: (logit: number, rowMax: number, table: Float32Array) => number;
  /** Rule 8: the key at this index of the sum of values, and the lane of the row sum for a key. */
  readonly keyAt: (place: number, count: number) => number;
  readonly lane: (place: number) => number;
  readonly lanes: (lanes: Float32Array) => number;
  /** Rule 9. */
  readonly fold: (into: PartialRows, tile: PartialRows) => void;
  /** The next tile. */
  readonly tileAt: (place: number, count: number) => number;
  /** Rule 10. */
  readonly reciprocal: (rowSum: number) => number;
  readonly output: (sum: number, rowReciprocal: number) => number;
  /** Rule 11. */
  readonly logSumExp: (rows: PartialRows) => Float32Array;
}

/** The steps of the profile. */
export const KEPT: BitsSteps = {
  canonical: readCanonicalInputs,
  logitScale,
  bias: prepareBias,
  slices: slicesOf,
  add: (sum, a, b) => Math.fround(sum + a * b),
  component: (place) => place,
  logit: fixedLogit,
  tileKeys: TILE_KEYS,
  rowMax: (tileMax) => tileMax,
  table: mantissaTable,
  weight,
  keyAt: (place) => place,
  lane: (place) => place % 4,
  lanes: ([a, b, c, d]) => Math.fround(a + b) + Math.fround(c + d),
  fold: foldTile,
  tileAt: (place) => place,
  reciprocal,
  output: outputNumber,
  logSumExp: finishLogSumExp,
};

/** All rows of a plan. */
export function steppedAttention(
  plan: AttentionPlan,
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  steps: BitsSteps,
): Bits {
  const { batch, heads, queries, keys, valueDim } = plan;
  const inputs = steps.slices(steps.canonical(plan, query, key, value));
  const bias = steps.bias(plan);
  const rows = batch * heads * queries;
  const output = new Float32Array(rows * valueDim);
  const logSumExp = new Float32Array(rows);
  const tiles = Math.ceil(keys / steps.tileKeys);
  for (let row = 0; row < rows; row++) {
    const state = noKeys(1, valueDim);
    for (let place = 0; place < tiles; place++) {
      const tile = steps.tileAt(place, tiles);
      steps.fold(state, attendTile(plan, inputs, bias, steps, row, tile, state.rowMax[0]));
    }
    const rowReciprocal = steps.reciprocal(state.rowSum[0]);
    output.set(
      state.sums.map((sum) => steps.output(sum, rowReciprocal)),
      row * valueDim,
    );
    logSumExp[row] = steps.logSumExp(state)[0];
  }
  return { output, logSumExp };
}

function attendTile(
  plan: AttentionPlan,
  { query, key, value, weightBits }: InputSlices,
  bias: PreparedBias,
  steps: BitsSteps,
  row: number,
  tile: number,
  maxBefore: number,
): PartialRows {
  const { heads, queries, keys, headDim, valueDim } = plan;
  const [b, h, i] = [Math.floor(row / (heads * queries)), Math.floor(row / queries) % heads, row % queries];
  const firstKey = tile * steps.tileKeys;
  const count = Math.min(steps.tileKeys, keys - firstKey);
  const keyRow = keyValueRow(plan, b, h) + firstKey;
  const factor = steps.logitScale(plan.scale);
  const logits = Int32Array.from({ length: count }, (_, j) => {
    const added = bias.at(b, h, i, firstKey + j);
    if (added === MASKED) return SMALLEST_LOGIT;
    let score = 0;
    for (let place = 0; place < headDim; place++) {
      const c = steps.component(place, headDim);
      const [q, k] = [row * headDim + c, (keyRow + j) * headDim + c];
      score = steps.add(score, query[0][q], key[0][k]);
      if (query.length === 1) continue;
      score = steps.add(score, query[0][q], key[1][k]);
      score = steps.add(score, query[1][q], key[0][k]);
    }
    return steps.logit(score, added, factor);
  });
  const partial = noKeys(1, valueDim);
  partial.rowMax[0] = steps.rowMax(
    logits.reduce((most, logit) => Math.max(most, logit >> 16), ROW_MAX_FLOOR),
    maxBefore,
  );
  const table = steps.table(weightBits);
  const weights = Float32Array.from(logits, (logit) => steps.weight(logit, partial.rowMax[0], table));
  const lanes = new Float32Array(4);
  weights.forEach((one, j) => (lanes[steps.lane(j)] += one));
  partial.rowSum[0] = steps.lanes(lanes);
  for (let place = 0; place < count; place++) {
    const j = steps.keyAt(place, count);
    if (weights[j] === 0) continue;
    for (const slice of value) {
      for (let c = 0; c < valueDim; c++) {
        partial.sums[c] = steps.add(partial.sums[c], weights[j], slice[(keyRow + j) * valueDim + c]);
      }
    }
  }
  return partial;
}
