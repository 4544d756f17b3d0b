// What a bias is: a value that knows its numbers (`value`), lowers to a sum of terms for the kernels, and folds the gradients of those
// terms back into its own parameters. Kernels see only the terms, never the families.
import type { Convention } from './convention.ts';
import type { DefaultPositions, Positions } from './positions.ts';
import type { Random } from './random.ts';
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

/** A bias worth testing: the suite runs each on every shape, and on the distances where it changes. */
export interface FamilyCase {
  readonly name: string;
  create(heads: number, random: Random): Bias;
  /** Head counts this case exists for, where it does not fit any. */
  readonly heads?: readonly number[];
  /** Distances at which something happens (a bucket begins, a threshold is crossed). */
  readonly distances?: readonly number[];
  /** The query and key count it needs, where the positions are its own. */
  readonly tokens?: number;
}

/** Documentation of one parameter. */
export interface ParameterDoc {
  readonly name: string;
  readonly shape: string;
  readonly meaning: string;
  readonly learned: boolean;
  readonly initialisation: string;
}

/** Everything about a family that is not arithmetic: what the docs print and the suite runs. Lives in the family's own file. */
export interface FamilyDefinition {
  readonly name: string;
  readonly title: string;
  readonly kind: 'none' | 'heuristic' | 'learned';
  /** What it does and why, in about three sentences. */
  readonly idea: string;
  /** LaTeX. */
  readonly formula: string;
  readonly citation: string;
  readonly convention: Convention;
  readonly parameters: readonly ParameterDoc[];
  /** The mistakes that ports make, one sentence each. */
  readonly traps: readonly string[];
  /** A fresh bias with the published initialisation. */
  initialise(heads: number, random: Random): Bias;
  readonly cases: readonly FamilyCase[];
}
