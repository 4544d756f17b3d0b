// The kinds of terms that a bias is a sum of, as data: what kernels know of a bias. Each number of a term belongs to one distance, one row
// or the parameters alone, so that the bias of a pair never depends on which other rows, keys or batch rows a problem has.
import type { Positions } from '../positions.ts';

/** -Infinity hides the pair. The bias of (head, i, j) is `values[head * span + (i - j) - minDistance]`, span = maxDistance - minDistance + 1. */
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
  /** [batch * queries], like the query positions that it was lowered for. */
  readonly rowScales: A;
  /** [pieces - 1], ascending, shared by the heads. */
  readonly breaks: A;
  /** [heads, pieces] */
  readonly slopes: A;
  /** [heads, pieces] */
  readonly intercepts: A;
}

/**
 * Every kind of term by its name, in float64 as a family computes it or (the default) in float32 as kernels read it. A new kind is a type
 * error in whatever reads terms, until it is handled there.
 */
export interface Terms<A = Float32Array> {
  readonly 'per-distance': PerDistanceTerm<A>;
  readonly 'row-scaled': RowScaledTerm<A>;
}

/** The name of a kind. */
export type TermKind = keyof Terms;

/** One term of a bias. */
export type Term<A = Float32Array> = Terms<A>[TermKind];

/** d loss / d each kind of term, in float64, laid out like the term. */
export interface TermGradients {
  readonly 'per-distance': { readonly kind: 'per-distance'; readonly values: Float64Array };
  /** Breaks have none: the bias must be continuous across them, or stay on one side. */
  readonly 'row-scaled': {
    readonly kind: 'row-scaled';
    readonly features: Float64Array;
    readonly rowScales: Float64Array;
    readonly slopes: Float64Array;
    readonly intercepts: Float64Array;
  };
}

/** d loss / d one term. */
export type TermGradient = TermGradients[TermKind];

/** What becomes of each kind of term. */
export type TermHandlers<R, A = Float32Array> = { readonly [K in TermKind]: (term: Terms<A>[K]) => R };

/** The bias of head h between query row `row` = b * queries + i and a key at this distance; -Infinity hides the pair. */
export type PairReader = (h: number, row: number, distance: number) => number;

/** The numbers of a list in float32. */
type Rounding = (numbers: Float64Array) => Float32Array;

/** What can be done with one kind of term. */
export interface TermOperations<K extends TermKind> {
  /** The lists that a term holds, with the number of entries that each should have. */
  lists(term: Terms<Float64Array>[K], positions: Positions): Readonly<Record<string, readonly [list: unknown, wanted: number]>>;
  /** In float32, each number rounded to nearest even: `finite` gives a list's, and `hiding` those of one whose -Infinity hides pairs. */
  rounded(term: Terms<Float64Array>[K], finite: Rounding, hiding: Rounding): Terms[K];
  /** factor * bias. `scale` gives the products of a list's numbers. Hidden pairs stay hidden whatever the factor. */
  scaled(term: Terms[K], scale: (numbers: Float32Array) => Float32Array): Terms[K];
  /** The largest number on the way to the bias of any pair; hidden pairs have none. `largest` gives that of a list. */
  largest(term: Terms[K], largest: (numbers: Float32Array) => number): number;
  /** Reads it one pair at a time, in float32: every kernel that follows it has the same bits. */
  reader(term: Terms[K]): PairReader;
  /** Whether rows do not differ, so that the same numbers may be read from a table by distance. */
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
