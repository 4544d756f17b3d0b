// What a kind of case hands to the comparison: the numbers that were computed for a field of `expected`, in the precisions there are.
import type { VectorCase } from './format.ts';

/** Computed numbers for one field of `expected`, row-major. */
export interface Answer {
  /** Path in `expected`: `bias`, `biasParameterGradients.table`. */
  readonly field: string;
  readonly shape: readonly number[];
  /** What the spec computes in float64. NaN where the pair is hidden, which must be where `expected` holds null. */
  readonly float64?: ArrayLike<number>;
  /** What kernels read or return, in float32. */
  readonly float32?: ArrayLike<number>;
  /** Names the group that `compare` may speak of instead of the field: `gradients`. */
  readonly group?: string;
  /** How `expected` encodes the numbers: as they stand, or as run lengths. */
  readonly encoding?: 'plain' | 'runs';
  /** The expected numbers where they are derived from several fields of the case instead of standing under `field`. */
  readonly wanted?: ArrayLike<number>;
  /** Appended to the field in messages where one field is judged in two ways: `rounding: 'exact'`. */
  readonly label?: string;
  /** Names an entry better than its index does: `relativePosition -80`. */
  nameEntry?(index: number): string;
}

/** A kind of case: asks the spec, and knows which fields of `expected` are words about the numbers rather than demands. */
export interface Kind {
  /** Computes; of `expected` only the names and sizes of its fields count. Refusals of the spec (RelbiasError) pass through. */
  ask(vector: VectorCase): readonly Answer[];
  /** Numeric fields of `expected` that inform only. */
  readonly remarks?: readonly string[];
}
