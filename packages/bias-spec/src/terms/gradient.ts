// The gradient of a sum of terms: one gradient per term, in float64. The family's adjoint folds them into its parameters.
import { ParameterError } from '../errors.ts';
import { operationsOf } from './lowered.ts';
import type { Term, TermGradient, TermGradients, TermKind } from './term.ts';

/**
 * Zero gradients in the layout of each term, for `addToGradients`.
 *
 * @example
 * zeroTermGradients(alibi({ heads: 2 }).lower(contiguousPositions(1, 3, 3)))[0].kind; // 'per-distance'
 */
export function zeroTermGradients(terms: readonly Term<Float64Array>[]): TermGradient[] {
  return terms.map((term) => operationsOf(term).zeroGradient(term));
}

/**
 * Adds weight * d bias / d term to the gradient of every term, for one head, one query and one distance.
 *
 * @param row - the query row, counted over all batch rows: b * queries + i.
 * @example
 * const terms = alibi({ heads: 2 }).lower(contiguousPositions(1, 3, 3));
 * const gradients = zeroTermGradients(terms);
 * addToGradients(terms, gradients, 0.5, 1, 0, -2); // the first query of head 1 against the last key
 * alibi({ heads: 2 }).adjoint(contiguousPositions(1, 3, 3), gradients); // {}: its slopes are not learned
 */
export function addToGradients(
  terms: readonly Term<Float64Array>[],
  gradients: readonly TermGradient[],
  weight: number,
  head: number,
  row: number,
  distance: number,
): void {
  terms.forEach((term, index) => operationsOf(term).addGradient(term, gradients[index], weight, head, row, distance));
}

/** The gradient of a family with one term of this kind. @throws ParameterError for any other list of gradients. */
export function onlyGradient<K extends TermKind>(family: string, gradients: readonly TermGradient[], kind: K): TermGradients[K] {
  const [gradient] = gradients;
  if (gradients.length === 1 && gradient.kind === kind) return gradient as TermGradients[K];
  throw new ParameterError({
    what: `${family}.adjoint`,
    got: `gradients [${gradients.map((one) => one.kind).join()}]`,
    wanted: `[${kind}]`,
    hint: 'Pass the gradients of the terms that `lower` gives for the same positions.',
  });
}
