// The one table of what can be done with each kind of term.
import { perDistance } from './per-distance.ts';
import { rowScaled } from './row-scaled.ts';
import type { Term, TermKind, TermOperations } from './term.ts';

const KINDS: { readonly [K in TermKind]: TermOperations<K> } = {
  'per-distance': perDistance,
  'row-scaled': rowScaled,
};

/** Its names, for errors. */
export const TERM_KINDS: readonly string[] = Object.keys(KINDS);

/** What can be done with a term, whatever its kind. */
export function operationsOf({ kind }: Pick<Term, 'kind'>): TermOperations<TermKind> {
  return KINDS[kind];
}
