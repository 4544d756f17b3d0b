// The kinds of terms that a bias is a sum of, as data: all that kernels know of a bias. Each number of a term depends on one distance, one row
// or the parameters only, so the bias of a pair never depends on the other rows, keys or batch rows of a problem.
import type { Positions } from '../positions.ts';

/**
 * A table by head and distance. The bias of (head, i, j) is `values[head * span + (i - j) - minDistance]`,
 * span = maxDistance - minDistance + 1. -Infinity hides the pair.
 */
export interface PerDistanceTerm<A = Float32Array> {
  readonly kind: 'per-distance';
  readonly heads: number;
  readonly minDistance: number;
  readonly maxDistance: number;
  /** [heads, span] */
  readonly values: A;
}

/**
 * A piecewise-linear function per head of x = features[distance] * rowScales[row]:
 * piece = number of breaks < x, bias = slopes[head][piece] * x + intercepts[head][piece].
 */
export interface RowScaledTerm<A = Float32Array> {
  readonly kind: 'row-scaled';
  readonly heads: number;
  readonly minDistance: number;
  readonly maxDistance: number;
  /** [span] */
  readonly features: A;
  /** [batch * queries], as the query positions that it was lowered for. */
  readonly rowScales: A;
  /** [pieces - 1], ascending, shared by the heads. */
  readonly breaks: A;
  /** [heads, pieces] */
  readonly slopes: A;
  /** [heads, pieces] */
  readonly intercepts: A;
}

/**
 * Every kind of term by name, in float64 as families compute it, or in float32 (the default) as kernels read it. Code that does not handle a
 * new kind fails to compile.
 */
export interface Terms<A = Float32Array> {
  readonly 'per-distance': PerDistanceTerm<A>;
  readonly 'row-scaled': RowScaledTerm<A>;
}

/** The name of a kind of term. */
export type TermKind = keyof Terms;

/** One term of a bias. */
export type Term<A = Float32Array> = Terms<A>[TermKind];

/** d loss / d each kind of term, in float64, laid out like the term. */
export interface TermGradients {
  readonly 'per-distance': { readonly kind: 'per-distance'; readonly values: Float64Array };
  /** Breaks have no gradient: the bias must be continuous across them, or no pair may cross them. */
  readonly 'row-scaled': {
    readonly kind: 'row-scaled';
    readonly features: Float64Array;
    readonly rowScales: Float64Array;
    readonly slopes: Float64Array;
    readonly intercepts: Float64Array;
  };
}

/** The gradient of the loss by one term. */
export type TermGradient = TermGradients[TermKind];

/** One function for each kind of term. */
export type TermHandlers<R, A = Float32Array> = { readonly [K in TermKind]: (term: Terms<A>[K]) => R };

/** The bias of head h between query row `row` = b * queries + i and a key at this distance; -Infinity hides the pair. */
export type PairReader = (h: number, row: number, distance: number) => number;

/** Rounds the numbers of a list to float32. */
type Rounding = (numbers: Float64Array) => Float32Array;

/** The operations on one kind of term. */
export interface TermOperations<K extends TermKind> {
  /** The lists of a term, each with its required length. */
  lists(term: Terms<Float64Array>[K], positions: Positions): Readonly<Record<string, readonly [list: unknown, wanted: number]>>;
  /** The term in float32, each number rounded to nearest even: by `hiding` in lists whose -Infinity hides pairs, by `finite` in the others. */
  rounded(term: Terms<Float64Array>[K], finite: Rounding, hiding: Rounding): Terms[K];
  /** factor * bias, where `scale` multiplies the numbers of a list. Hidden pairs stay hidden whatever the factor. */
  scaled(term: Terms[K], scale: (numbers: Float32Array) => Float32Array): Terms[K];
  /** An upper bound of every intermediate of a visible pair's bias, where `largest` gives the largest number of a list. */
  largest(term: Terms[K], largest: (numbers: Float32Array) => number): number;
  /** Reads the bias of one pair in float32. Kernels that compute it in this order get the same bits. */
  reader(term: Terms[K]): PairReader;
  /** Whether all rows are equal, so a table by distance holds the same numbers. */
  isByDistance(term: Terms[K]): boolean;
  /** Zeros in the layout of the term. */
  zeroGradient(term: Terms<Float64Array>[K]): TermGradients[K];
  /** Adds weight * d bias / d term for one pair. */
  addGradient(
    term: Terms<Float64Array>[K],
    gradient: TermGradients[K],
    weight: number,
    head: number,
    row: number,
    distance: number,
  ): void;
}
