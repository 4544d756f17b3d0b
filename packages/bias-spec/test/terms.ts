// Reading terms in tests, as their documentation in src/terms/term.ts says and in the precision of their own arrays.
import type { AttentionPlan, PerDistanceTerm, RowScaledTerm, Term } from '../src/index.ts';
import { readBias } from '../src/backend/index.ts';

type Numbers = Float64Array | Float32Array;

/** The sum of some terms for one pair. */
export function readTerms(terms: readonly Term<Numbers>[], head: number, row: number, distance: number): number {
  return terms.reduce((sum, term) => sum + readTerm(term, head, row, distance), 0);
}

function readTerm(term: Term<Numbers>, head: number, row: number, distance: number): number {
  switch (term.kind) {
    case 'per-distance':
      return term.values[head * (term.maxDistance - term.minDistance + 1) + distance - term.minDistance];
    case 'row-scaled': {
      const x = term.features[distance - term.minDistance] * term.rowScales[row];
      const piece = head * (term.breaks.length + 1) + [...term.breaks].filter((one) => one < x).length;
      return term.slopes[piece] * x + term.intercepts[piece];
    }
    default:
      return term satisfies never;
  }
}

/** The terms of a plan, which tests may look at. */
export function termsOf({ lowered }: Pick<AttentionPlan, 'lowered'>): Term[] {
  return lowered.map<Term>({ 'per-distance': (term) => term, 'row-scaled': (term) => term });
}

/** What kernels with one term read of a plan. */
export function readTermsOf(plan: AttentionPlan): Term[] {
  return readBias<Term[]>(plan, { none: () => [], 'per-distance': (term) => [term], 'row-scaled': (term) => [term] });
}

export function onlyTable<A extends Numbers>(terms: readonly Term<A>[]): PerDistanceTerm<A> {
  const [term] = terms;
  if (terms.length === 1 && term.kind === 'per-distance') return term;
  throw new Error(`The terms are ${terms.map(({ kind }) => kind).join(', ')}, not one per distance.`);
}

export function onlyRowScaled<A extends Numbers>(terms: readonly Term<A>[]): RowScaledTerm<A> {
  const [term] = terms;
  if (terms.length === 1 && term.kind === 'row-scaled') return term;
  throw new Error(`The terms are ${terms.map(({ kind }) => kind).join(', ')}, not one row-scaled.`);
}
