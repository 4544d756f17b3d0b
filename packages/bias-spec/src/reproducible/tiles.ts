// Attention over one tile of keys, in the passes of the specification. Written for clarity: kernels compute the same bits faster.
// Rules 4 to 8 of docs/numerics.md.
import type { AttentionPlan } from '../problem.ts';
import { keyValueRow } from '../problem.ts';
import type { TensorLike } from '../tensor.ts';
import { LARGEST_LOGIT, SMALLEST_LOGIT, MASKED, ROW_MAX_FLOOR, TILE_KEYS } from './constants.ts';
import { mantissaTable, weight } from './exponential.ts';
import type { InputSlices } from './inputs.ts';
import { slicesOf, readCanonicalInputs } from './inputs.ts';
import { logitScale, requireReproducible } from './limits.ts';
import type { PartialRows } from './partial.ts';
import { noKeys } from './partial.ts';
import type { Slices } from './slices.ts';
import type { PreparedBias } from './prepared-bias.ts';
import { prepareBias } from './prepared-bias.ts';

/**
 * The partial rows [batch, heads, queries] of each tile of 64 keys, in order. Tiles are independent: they may be computed anywhere, and must be
 * folded in order (`foldTile`).
 *
 * @throws UnsupportedError if the plan is outside the profile; ShapeError, ParameterError naming the tensor.
 */
export function* attentionTiles(
  plan: AttentionPlan,
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
): Generator<PartialRows> {
  requireReproducible(plan);
  const { batch, heads, queries, keys, valueDim } = plan;
  const inputs = slicesOf(readCanonicalInputs(plan, query, key, value));
  const bias = prepareBias(plan);
  for (let firstKey = 0; firstKey < keys; firstKey += TILE_KEYS) {
    const tile = noKeys(batch * heads * queries, valueDim);
    for (let b = 0; b < batch; b++) {
      for (let h = 0; h < heads; h++) {
        for (let i = 0; i < queries; i++) attendTile(plan, inputs, bias, b, h, i, firstKey, tile);
      }
    }
    yield tile;
  }
}

/** One row and one tile. */
function attendTile(
  plan: AttentionPlan,
  { query, key, value, weightBits }: InputSlices,
  bias: PreparedBias,
  b: number,
  h: number,
  i: number,
  firstKey: number,
  tile: PartialRows,
): void {
  const { heads, queries, keys, headDim, valueDim, scale } = plan;
  const row = (b * heads + h) * queries + i;
  const keyRow = keyValueRow(plan, b, h) + firstKey;
  const count = Math.min(TILE_KEYS, keys - firstKey);

  // Pass 1: scores and bias to fixed-point logits.
  const biases = new Float32Array(count);
  bias.fill(b, h, i, firstKey, biases);
  const factor = logitScale(scale);
  const logits = Int32Array.from(biases, (added, j) =>
    added === MASKED
      ? SMALLEST_LOGIT
      : fixedLogit(score(query, row * headDim, key, (keyRow + j) * headDim, headDim), added, factor),
  );

  // Pass 2: the row maximum, a whole power of two.
  const rowMax = logits.reduce((most, logit) => Math.max(most, logit >> 16), ROW_MAX_FLOOR);

  // Pass 3: weights, and their sum in four lanes.
  const table = mantissaTable(weightBits);
  const weights = Float32Array.from(logits, (logit) => weight(logit, rowMax, table));
  const lanes = new Float32Array(4);
  for (let j = 0; j < count; j++) lanes[j % 4] += weights[j];

  // Pass 4: the weighted sum of the values, key by key, slice by slice.
  const sums = tile.sums.subarray(row * valueDim, (row + 1) * valueDim);
  for (let j = 0; j < count; j++) {
    if (weights[j] === 0) continue;
    for (const slice of value) {
      for (let c = 0; c < valueDim; c++) sums[c] += weights[j] * slice[(keyRow + j) * valueDim + c];
    }
  }
  tile.rowMax[row] = rowMax;
  tile.rowSum[row] = Math.fround(lanes[0] + lanes[1]) + Math.fround(lanes[2] + lanes[3]);
}

/**
 * q . k of one pair, the sum rounded to float32 after each product, in the order of the components; where numbers come in two slices,
 * high * high, then query high * key low, then query low * key high (low * low is left out).
 */
function score(query: Slices, q: number, key: Slices, k: number, headDim: number): number {
  let sum = 0;
  for (let c = 0; c < headDim; c++) {
    sum = Math.fround(sum + query[0][q + c] * key[0][k + c]);
    if (query.length === 1) continue;
    sum = Math.fround(sum + query[0][q + c] * key[1][k + c]);
    sum = Math.fround(sum + query[1][q + c] * key[0][k + c]);
  }
  return sum;
}

/** The logit as an integer in units of 2^-16 powers of two, rounded down. */
export function fixedLogit(scoreOfPair: number, preparedBias: number, factor: number): number {
  const logit = Math.fround(Math.fround(scoreOfPair + preparedBias) * factor);
  return Math.floor(Math.min(Math.max(logit, SMALLEST_LOGIT), LARGEST_LOGIT));
}
