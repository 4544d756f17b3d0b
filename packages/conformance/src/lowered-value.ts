// The suite's own reading of a lowered bias, shared with no kernel: one pair's bias as float32 arithmetic sees it, and what it may err by.
import type { AttentionPlan, RowScaledForm } from '@relbias/bias-spec';

/**
 * bias(head, pair), not yet times biasScale; -Infinity hides the pair. Head h, query row `row` = b * queries + i, at this distance. Every
 * operation is rounded by `round`.
 */
export function loweredValue(
  { lowered }: AttentionPlan,
  h: number,
  row: number,
  distance: number,
  round: (value: number) => number = Math.fround,
): number {
  switch (lowered.form) {
    case 'none':
      return 0;
    case 'toeplitz':
      return lowered.values[h * (lowered.maxDistance - lowered.minDistance + 1) + distance - lowered.minDistance];
    case 'row-scaled': {
      const x = round(lowered.features[distance - lowered.minDistance] * lowered.rowScales[row]);
      const piece = pieceOf(lowered, h, x);
      return round(round(lowered.slopes[piece] * x) + lowered.intercepts[piece]);
    }
    default:
      return lowered satisfies never;
  }
}

/** What the rounding errors of a visible pair's bias are relative to. */
export interface BiasMasses {
  /** The sum of the sizes of the terms that the bias is added from. */
  readonly mass: number;
  /** The most that the loss of a subnormal number on the way is multiplied by. */
  readonly factor: number;
}

/** More than a feature, a row scale, their product and a break together err by, relatively. */
const NEAR = 2 ** -21;

/** The arguments are those of loweredValue. */
export function biasMasses({ lowered }: AttentionPlan, h: number, row: number, distance: number): BiasMasses {
  switch (lowered.form) {
    case 'none':
      return { mass: 0, factor: 0 };
    case 'toeplitz': {
      const values = lowered.maxDistance - lowered.minDistance + 1;
      return { mass: Math.abs(lowered.values[h * values + distance - lowered.minDistance]), factor: 1 };
    }
    case 'row-scaled': {
      const [feature, rowScale] = [lowered.features[distance - lowered.minDistance], lowered.rowScales[row]];
      const x = feature * rowScale;
      const reach = Math.abs(x) * NEAR;
      let mass = 0;
      let factor = 0;
      // Where rounding may move x across a break, the piece on its other side counts as well.
      const last = pieceOf(lowered, h, x + reach);
      for (let piece = pieceOf(lowered, h, x - reach); piece <= last; piece++) {
        const slope = Math.abs(lowered.slopes[piece]);
        mass = Math.max(mass, slope * Math.abs(x) + Math.abs(lowered.intercepts[piece]));
        factor = Math.max(factor, slope * (Math.abs(feature) + Math.abs(rowScale) + 1) + Math.abs(x) + 2);
      }
      return { mass, factor };
    }
    default:
      return lowered satisfies never;
  }
}

/** Where the slope and the intercept of head h at x stand. */
function pieceOf({ breaks }: RowScaledForm, h: number, x: number): number {
  return h * (breaks.length + 1) + breaks.filter((one) => one < x).length;
}
