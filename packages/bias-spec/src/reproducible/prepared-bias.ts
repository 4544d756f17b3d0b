// The prepared bias b': bias and mask of a pair in units of scores, as one float32. Rule 3 of docs/numerics.md.
// Computed on the host, where every rounding is explicit: a device could fuse a product with the sum after it.
import { isVisible } from '../mask.ts';
import type { AttentionPlan } from '../problem.ts';
import { isByDistance, pairReader } from '../terms/lowered.ts';
import type { PairReader } from '../terms/term.ts';
import { LARGEST_BIAS, FLUSH_BELOW, MASKED } from './constants.ts';

/** b' of a plan, masks included. */
export interface PreparedBias {
  /**
   * b' by head and distance, causality and windows included; null if the bias is not a function of the distance. Key lengths and segments are
   * not included: see `at`, or `isVisible`.
   */
  readonly table: PreparedTable | null;
  /** b' of query i and key j; `MASKED` if the pair is hidden. */
  at(b: number, h: number, i: number, j: number): number;
  /** Writes b' of query i and the keys from `firstKey` on to `out`; `MASKED` past the last key. */
  fill(b: number, h: number, i: number, firstKey: number, out: Float32Array): void;
}

/** The b' of (h, distance) is `values[h * headStride + distance - minDistance]`. */
export interface PreparedTable {
  /** All distances of `plan.positions`. */
  readonly minDistance: number;
  readonly maxDistance: number;
  /** maxDistance - minDistance + 1; 0 if all heads share one row (no bias). */
  readonly headStride: number;
  readonly values: Float32Array;
}

/**
 * Prepares the bias and mask of a plan.
 *
 * @example
 * const plan = planAttention({ heads: 1, queries: 2, keys: 2, headDim: 4, mask: { causal: true }, numerics: 'reproducible' });
 * prepareBias(plan).at(0, 0, 0, 1) === MASKED; // true: a key in the future
 */
export function prepareBias(plan: AttentionPlan): PreparedBias {
  const { queries, keys, mask, positions } = plan;
  const table = preparedTable(plan);
  const visible = visibleBias(plan, table);
  const at = (b: number, h: number, i: number, j: number): number => {
    if (j >= keys) return MASKED;
    const row = b * queries + i;
    const distance = positions.query[row] - positions.key[b * keys + j];
    return isVisible(mask, b, i, j, distance, queries, keys) ? visible(h, row, distance) : MASKED;
  };
  const fill = (b: number, h: number, i: number, firstKey: number, out: Float32Array): void => {
    for (let index = 0; index < out.length; index++) out[index] = at(b, h, i, firstKey + index);
  };
  return { table, at, fill };
}

/** b' of pairs that no mask hides. */
function visibleBias(plan: AttentionPlan, table: PreparedTable | null): PairReader {
  if (table !== null) {
    const { values, headStride, minDistance } = table;
    return (h, _row, distance) => values[h * headStride + distance - minDistance];
  }
  const factor = biasFactorOf(plan);
  const read = pairReader(plan);
  return (h, row, distance) => preparedBias(read(h, row, distance), factor);
}

function preparedTable(plan: AttentionPlan): PreparedTable | null {
  const { heads, mask, positions, lowered } = plan;
  if (!isByDistance(lowered)) return null;
  const read = pairReader(plan);
  const factor = biasFactorOf(plan);
  const { minDistance, maxDistance } = positions;
  const span = maxDistance - minDistance + 1;
  const rows = lowered.length === 0 ? 1 : heads;
  const values = new Float32Array(rows * span);
  for (let h = 0; h < rows; h++) {
    for (let index = 0; index < span; index++) {
      const distance = minDistance + index;
      const hidden = distance < mask.minDistance || distance > mask.maxDistance;
      values[h * span + index] = hidden ? MASKED : preparedBias(read(h, 0, distance), factor);
    }
  }
  return { minDistance, maxDistance, headStride: rows === 1 ? 0 : span, values };
}

/** The factor from a lowered bias to units of scores: biasScale / scale, as b' is added before the score is multiplied by the scale. */
export function biasFactorOf({ biasScale, scale }: AttentionPlan): number {
  return Math.fround(biasScale / scale);
}

/**
 * b' of a lowered bias: fround(bias * factor), `MASKED` from -2^100 down (and for -Infinity, whatever the factor), else clamped to +-2^94, and
 * +0 below 2^-100.
 */
export function preparedBias(bias: number, factor: number): number {
  if (bias === -Infinity) return MASKED;
  const scaled = Math.fround(bias * factor);
  if (scaled <= MASKED) return MASKED;
  if (Math.abs(scaled) < FLUSH_BELOW) return 0;
  return Math.min(Math.max(scaled, -LARGEST_BIAS), LARGEST_BIAS);
}
