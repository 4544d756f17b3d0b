// The suite's own reader of a lowered bias, shared with no kernel: the bias of one pair in float32 arithmetic, and its error bound.
import type { AttentionPlan, RowScaledTerm } from '@relbias/bias-spec';
import type { TermHandlers, TermKind } from '@relbias/bias-spec/backend';

/** The form of a bias for a kernel: `none`, or the kind of its last term. */
export type BiasForm = TermKind | 'none';

export function formOf({ lowered }: AttentionPlan): BiasForm {
  const kinds = lowered.map<TermKind>({ 'per-distance': () => 'per-distance', 'row-scaled': () => 'row-scaled' });
  return kinds.at(-1) ?? 'none';
}

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
  const terms = lowered.map({
    'per-distance': ({ values, minDistance, maxDistance }) =>
      values[h * (maxDistance - minDistance + 1) + distance - minDistance],
    'row-scaled'(term) {
      const x = round(term.features[distance - term.minDistance] * term.rowScales[row]);
      const piece = pieceOf(term, h, x);
      return round(round(term.slopes[piece] * x) + term.intercepts[piece]);
    },
  });
  return terms.length === 0 ? 0 : terms.reduce((sum, term) => round(sum + term));
}

/** The quantities that the rounding error of a pair's bias is relative to. */
export interface BiasMasses {
  /** The sum of the magnitudes of the terms. */
  readonly mass: number;
  /** The largest factor that the loss of a subnormal intermediate number is multiplied by. */
  readonly factor: number;
}

/** More than the relative error of a feature, a row scale, their product and a break together. */
const NEAR = 2 ** -21;

/** Takes the arguments of loweredValue. */
export function biasMasses({ lowered }: AttentionPlan, h: number, row: number, distance: number): BiasMasses {
  const handlers: TermHandlers<BiasMasses> = {
    'per-distance'({ values, minDistance, maxDistance }) {
      return { mass: Math.abs(values[h * (maxDistance - minDistance + 1) + distance - minDistance]), factor: 1 };
    },
    'row-scaled'(term) {
      const [feature, rowScale] = [term.features[distance - term.minDistance], term.rowScales[row]];
      const x = feature * rowScale;
      const reach = Math.abs(x) * NEAR;
      let mass = 0;
      let factor = 0;
      // If rounding may move x across a break, the piece on the other side counts too.
      const last = pieceOf(term, h, x + reach);
      for (let piece = pieceOf(term, h, x - reach); piece <= last; piece++) {
        const slope = Math.abs(term.slopes[piece]);
        mass = Math.max(mass, slope * Math.abs(x) + Math.abs(term.intercepts[piece]));
        factor = Math.max(factor, slope * (Math.abs(feature) + Math.abs(rowScale) + 1) + Math.abs(x) + 2);
      }
      return { mass, factor };
    },
  };
  return lowered
    .map(handlers)
    .reduce((sum, term) => ({ mass: sum.mass + term.mass, factor: sum.factor + term.factor }), { mass: 0, factor: 0 });
}

/** The index of the slope and the intercept of head h at x. */
function pieceOf({ breaks }: RowScaledTerm, h: number, x: number): number {
  return h * (breaks.length + 1) + breaks.filter((one) => one < x).length;
}
