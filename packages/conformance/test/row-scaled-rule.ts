// Rule 3 of the reproducible profile for rows with scales of their own, in steps that a mutation can replace. Not a test.
import type { AttentionPlan } from '@relbias/bias-spec';
import { MASKED, biasFactorOf, prepareBias, preparedBias } from '@relbias/bias-spec/reproducible';
import type { BitsSteps } from '@relbias/conformance';

/** How the bias of a pair comes from a row-scaled form. */
interface RowScaledRule {
  readonly row: (plan: AttentionPlan, b: number, i: number) => number;
  readonly x: (feature: number, rowScale: number) => number;
  readonly isPassed: (end: number, x: number) => boolean;
  readonly head: (h: number, heads: number) => number;
  readonly slope: (piece: number, last: number) => number;
  readonly intercept: (piece: number, last: number) => number;
  readonly bias: (slope: number, x: number, intercept: number) => number;
}

const ROW_SCALED: RowScaledRule = {
  row: ({ queries }, b, i) => b * queries + i,
  x: (feature, rowScale) => Math.fround(feature * rowScale),
  isPassed: (end, x) => end < x,
  head: (h) => h,
  slope: (piece) => piece,
  intercept: (piece) => piece,
  bias: (slope, x, intercept) => Math.fround(Math.fround(slope * x) + intercept),
};

/** b' of visible pairs by another rule wherever the rows have scales of their own; without a change it is rule 3. */
export const rowScaledBy =
  (changed: Partial<RowScaledRule>): BitsSteps['bias'] =>
  (plan) => {
    const rule = { ...ROW_SCALED, ...changed };
    const prepared = prepareBias(plan);
    const { lowered, positions, heads, keys, queries } = plan;
    if (prepared.table !== null || lowered.form !== 'row-scaled') return prepared;
    const last = lowered.breaks.length;
    return {
      ...prepared,
      at(b, h, i, j) {
        const hidden = prepared.at(b, h, i, j);
        if (hidden === MASKED) return hidden;
        const distance = positions.query[b * queries + i] - positions.key[b * keys + j];
        const x = rule.x(lowered.features[distance - lowered.minDistance], lowered.rowScales[rule.row(plan, b, i)]);
        const piece = lowered.breaks.filter((end) => rule.isPassed(end, x)).length;
        const line = rule.head(h, heads) * (last + 1);
        const slope = lowered.slopes[line + rule.slope(piece, last)];
        const intercept = lowered.intercepts[line + rule.intercept(piece, last)];
        return preparedBias(rule.bias(slope, x, intercept), biasFactorOf(plan));
      },
    };
  };
