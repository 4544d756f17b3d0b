// The suite's own reading of a lowered bias, shared with no kernel: one pair's bias as float32 arithmetic sees it, and its mass.
import type { AttentionPlan } from '@relbias/bias-spec';

export interface LoweredValue {
  /** bias(head, pair), not yet times biasScale; -Infinity hides the pair. */
  readonly value: number;
  /** The sum of the sizes of the terms that `value` was added from: what its rounding errors are relative to. */
  readonly mass: number;
}

/** Head h, query row `row` = b * queries + i, at this distance. Every operation is rounded by `round`. */
export function loweredValue(
  plan: AttentionPlan,
  h: number,
  row: number,
  distance: number,
  round: (value: number) => number = Math.fround,
): LoweredValue {
  const { lowered } = plan;
  switch (lowered.form) {
    case 'none':
      return { value: 0, mass: 0 };
    case 'toeplitz': {
      const span = lowered.maxDistance - lowered.minDistance + 1;
      const value = lowered.values[h * span + distance - lowered.minDistance];
      return { value, mass: Math.abs(value) };
    }
    case 'row-scaled': {
      const { features, rowScales, breaks, slopes, intercepts, minDistance } = lowered;
      const x = round(features[distance - minDistance] * rowScales[row]);
      const piece = h * (breaks.length + 1) + breaks.filter((one) => one < x).length;
      const rise = round(slopes[piece] * x);
      return { value: round(rise + intercepts[piece]), mass: Math.abs(rise) + Math.abs(intercepts[piece]) };
    }
    default:
      return lowered satisfies never;
  }
}
