// What a bias is: a value that knows its numbers (`value`), lowers to one of a few closed forms for the kernels, and folds the
// gradient of that form back into its own parameters. Kernels see only the forms, never the families.
import type { Convention } from './convention.ts';
import type { Positions } from './positions.ts';
import type { Random } from './random.ts';

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

/** No bias: plain attention. */
export interface NoForm {
  readonly form: 'none';
}

/**
 * One number per head and distance. The bias of (head, i, j) is
 * `values[head * span + (position_i - position_j) - minDistance]`, span = maxDistance - minDistance + 1.
 * -Infinity hides the pair.
 */
export interface ToeplitzForm<A = Float32Array> {
  readonly form: 'toeplitz';
  readonly heads: number;
  readonly minDistance: number;
  readonly maxDistance: number;
  readonly values: A;
}

/**
 * A piecewise-linear function per head of x = features[distance] * rowScales[row]:
 * piece = number of breaks < x, bias = slopes[head][piece] * x + intercepts[head][piece].
 * `rowScales` has one entry per batch row and query, like the query positions it was lowered for.
 */
export interface RowScaledForm<A = Float32Array> {
  readonly form: 'row-scaled';
  readonly heads: number;
  readonly minDistance: number;
  readonly maxDistance: number;
  /** [span] */
  readonly features: A;
  /** [batch * queries] */
  readonly rowScales: A;
  /** [pieces - 1], ascending, shared by the heads. */
  readonly breaks: A;
  /** [heads, pieces] */
  readonly slopes: A;
  /** [heads, pieces] */
  readonly intercepts: A;
}

/**
 * The closed forms, in float64 as a family computes them or (the default) in float32 as kernels read them. A kernel switches over
 * `form` and ends in `satisfies never`, so a new form is a type error until it is handled.
 */
export type LoweredBias<A = Float32Array> = NoForm | ToeplitzForm<A> | RowScaledForm<A>;

/** d loss / d row-scaled form. Breaks have none: the bias must be continuous across them, or stay on one side. */
export interface RowScaledGradient {
  readonly form: 'row-scaled';
  readonly features: Float64Array;
  readonly rowScales: Float64Array;
  readonly slopes: Float64Array;
  readonly intercepts: Float64Array;
}

/** d loss / d lowered form, in float64, laid out like the form it belongs to. */
export type LoweredGradient =
  | { readonly form: 'none' }
  | { readonly form: 'toeplitz'; readonly values: Float64Array }
  | RowScaledGradient;

/**
 * A relative position bias: an immutable value made by a family's function (`alibi({ heads: 8 })`).
 */
export interface Bias {
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
  /** The closed form over all distances between these positions, in float64. Planning rounds it to float32 once. */
  lower(positions: Positions): LoweredBias<Float64Array>;
  /** Folds the gradient of the form that `lower(positions)` gave into the learned parameters. */
  adjoint(positions: Positions, gradient: LoweredGradient): ParameterGradients;
  /** Families laid over something else than a line (a window of an image) bring the positions they mean. */
  defaultPositions?(queries: number, keys: number): { query: Int32Array; key: Int32Array };
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
