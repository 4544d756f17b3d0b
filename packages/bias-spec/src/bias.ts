// What a bias is: a value that knows its numbers (`value`), lowers to a sum of terms for the kernels, and folds the gradients of those
// terms back into its own parameters. Kernels see only the terms, never the families.
import type { Convention } from './convention.ts';
import type { DefaultPositions, Positions } from './positions.ts';
import type { Term, TermGradient } from './terms/term.ts';

/** One named parameter of a bias, row-major in float64. `learned` parameters receive gradients. */
export interface Parameter {
  readonly data: Float64Array;
  readonly shape: readonly number[];
  readonly learned: boolean;
}

/** The parameters of a bias by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** The gradient of each learned parameter, in the parameter's own layout. */
export type ParameterGradients = Record<string, Float64Array>;

/** Something a model's owner would want to know about a choice of parameters; never an error. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
}

/**
 * A relative position bias: an immutable value made by a family's function (`alibi({ heads: 8 })`).
 */
export interface Bias extends DefaultPositions {
  readonly family: string;
  /** Query heads it was made for; 0 for a bias that fits any number. */
  readonly heads: number;
  /** The scale convention this family was published with; a problem that names none uses it. */
  readonly convention: Convention;
  /** What `value`, `lower` and `adjoint` read: the suite steps these numbers to judge the gradients, and puts them back. */
  readonly parameters: Parameters;
  readonly diagnostics: readonly Diagnostic[];
  /** bias(i, j) in float64 for distance = i - j; `queryPosition` matters only to families that are not Toeplitz. */
  value(head: number, distance: number, queryPosition: number): number;
  /** The terms that it is the sum of, over all distances between these positions, in float64. Planning rounds them to float32 once. */
  lower(positions: Positions): readonly Term<Float64Array>[];
  /** Folds the gradients of the terms that `lower(positions)` gave, one for each, into the learned parameters. */
  adjoint(positions: Positions, gradients: readonly TermGradient[]): ParameterGradients;
}
