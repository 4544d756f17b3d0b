// The type of a bias: it computes its values (`value`), lowers to a sum of terms for kernels (`lower`), and folds the gradients of those terms
// into gradients of its parameters (`adjoint`). Kernels read only the terms and know no families.
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

/** A warning about a choice of parameters; never an error. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
}

/**
 * A relative position bias: an immutable object made by a family's function (`alibi({ heads: 8 })`).
 */
export interface Bias extends DefaultPositions {
  readonly family: string;
  /** The number of query heads it was made for; 0 for a bias that fits any number. */
  readonly heads: number;
  /** The scale convention this family was published with: the default of a problem with this bias. */
  readonly convention: Convention;
  /** The parameters that `value`, `lower` and `adjoint` read. The conformance suite changes these numbers to check gradients, and restores them. */
  readonly parameters: Parameters;
  readonly diagnostics: readonly Diagnostic[];
  /** bias(i, j) in float64 for distance = i - j; -Infinity hides the pair. Only families that are not Toeplitz read `queryPosition`, i. */
  value(head: number, distance: number, queryPosition: number): number;
  /** The bias as a sum of terms, over all distances between these positions, in float64. Planning rounds them to float32 once. */
  lower(positions: Positions): readonly Term<Float64Array>[];
  /** The gradients of the learned parameters, given one gradient for each term of `lower(positions)`. */
  adjoint(positions: Positions, gradients: readonly TermGradient[]): ParameterGradients;
}
