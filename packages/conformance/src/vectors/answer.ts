// The input of the comparison: the numbers computed for a field of `expected`, in float64 or float32 or both.
import type { VectorCase } from './format.ts';

/** Computed numbers for one field of `expected`, row-major. */
export interface Answer {
  /** Path in `expected`: `bias`, `biasParameterGradients.table`. */
  readonly field: string;
  readonly shape: readonly number[];
  /** The spec's result in float64. NaN where the pair is hidden; `expected` must hold null there. */
  readonly float64?: ArrayLike<number>;
  /** The numbers that kernels read or return, in float32. */
  readonly float32?: ArrayLike<number>;
  /** The group that `compare` may name instead of the field: `gradients`. */
  readonly group?: string;
  /** The encoding of `expected`: plain numbers or run lengths. */
  readonly encoding?: 'plain' | 'runs';
  /** The expected numbers, where they are derived from several fields of the case. */
  readonly wanted?: ArrayLike<number>;
  /** Appended to the field in messages, where one field is compared in two ways: `rounding: 'exact'`. */
  readonly label?: string;
  /** The name of an entry in messages, instead of its index: `relativePosition -80`. */
  nameEntry?(index: number): string;
}

/** A kind of case: computes the spec's results, and names the fields of `expected` that are not compared. */
export interface Kind {
  /** Computes the results. Reads only the names and sizes of the fields of `expected`. Refusals of the spec (RelbiasError) are thrown on. */
  ask(vector: VectorCase): readonly Answer[];
  /** Numeric fields of `expected` that are not compared. */
  readonly remarks?: readonly string[];
}
