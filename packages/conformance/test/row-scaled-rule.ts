// Rule 3 of the reproducible profile as steps that a mutation can replace. Not a test.
import type { AttentionPlan, RowScaledTerm, Term } from '@relbias/bias-spec';
import { sumOf } from '@relbias/bias-spec/backend';
import { MASKED, biasFactorOf, prepareBias, preparedBias } from '@relbias/bias-spec/reproducible';
import type { BitsSteps } from '@relbias/conformance';

/** How the bias of a pair comes from a row-scaled term. */
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
    const [term] = lowered.map<RowScaledTerm | null>({ 'per-distance': () => null, 'row-scaled': (one) => one });
    if (prepared.table !== null || term === null) return prepared;
    const last = term.breaks.length;
    return {
      ...prepared,
      at(b, h, i, j) {
        const hidden = prepared.at(b, h, i, j);
        if (hidden === MASKED) return hidden;
        const distance = positions.query[b * queries + i] - positions.key[b * keys + j];
        const x = rule.x(term.features[distance - term.minDistance], term.rowScales[rule.row(plan, b, i)]);
        const piece = term.breaks.filter((end) => rule.isPassed(end, x)).length;
        const line = rule.head(h, heads) * (last + 1);
        const slope = term.slopes[line + rule.slope(piece, last)];
        const intercept = term.intercepts[line + rule.intercept(piece, last)];
        return preparedBias(rule.bias(slope, x, intercept), biasFactorOf(plan));
      },
    };
  };

/** biasScale multiplied into the lowered bias, as the fast profile does it. */
export const scaledBefore: BitsSteps['bias'] = (plan) =>
  prepareBias({ ...plan, lowered: sumOf(scaledTerms(plan)), biasScale: 1 });

function scaledTerms({ lowered, biasScale }: AttentionPlan): Term[] {
  const scaled = (numbers: Float32Array): Float32Array => numbers.map((one) => (one === -Infinity ? one : biasScale * one));
  return lowered.map<Term>({
    'per-distance': (term) => ({ ...term, values: scaled(term.values) }),
    'row-scaled': (term) => ({ ...term, slopes: scaled(term.slopes), intercepts: scaled(term.intercepts) }),
  });
}
