// One call's query, key and value as the reproducible profile reads them: checked, canonical, in pieces whose products are exact.
import type { AttentionPlan } from '../problem.ts';
import { shapesOf } from '../problem.ts';
import type { Dtype, Tensor, TensorLike } from '../tensor.ts';
import { requireTensor } from '../tensor.ts';
import { canonicalNumbers } from './canonical.ts';
import type { WeightBits } from './exponential.ts';
import type { Pieces } from './pieces.ts';
import { scorePieces, valuePieces } from './pieces.ts';

/** Canonical numbers, row-major in the shapes of `shapesOf(plan)`, exactly widened to float32; keys and values past a key length are +0. */
export interface CanonicalInputs {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  readonly dtypes: { readonly query: Dtype; readonly key: Dtype; readonly value: Dtype };
}

/**
 * Checks and reads the inputs of one call. Unlike in the fast profile, infinities and numbers of any size are welcome: rule 1 brings
 * them into range, the same on every backend.
 *
 * @throws ShapeError, ParameterError naming the tensor, and the element where it is NaN.
 */
export function readCanonicalInputs(plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike): CanonicalInputs {
  const { queries, keyValueHeads, mask } = plan;
  const shapes = shapesOf(plan);
  const tensors: Record<keyof CanonicalInputs['dtypes'], Tensor> = {
    query: requireTensor('query', query, shapes.query),
    key: requireTensor('key', key, shapes.key),
    value: requireTensor('value', value, shapes.value),
  };
  const keyRows = (head: number): number => mask.keyLengths[Math.floor(head / keyValueHeads)];
  return {
    query: canonicalNumbers('query', tensors.query, 'score', () => queries),
    key: canonicalNumbers('key', tensors.key, 'score', keyRows),
    value: canonicalNumbers('value', tensors.value, 'value', keyRows),
    dtypes: { query: tensors.query.dtype, key: tensors.key.dtype, value: tensors.value.dtype },
  };
}

/** Canonical inputs in the pieces that are multiplied. */
export interface InputPieces {
  readonly query: Pieces;
  readonly key: Pieces;
  readonly value: Pieces;
  readonly weightBits: WeightBits;
}

/**
 * Splits what is float32; halves are one piece. Splitting the half among a float32 query and a half-precision key as well would not change
 * a bit, as its low piece is 0 and adding 0 changes no sum: a kernel may split both as soon as one is float32.
 */
export function piecesOf({ query, key, value, dtypes }: CanonicalInputs): InputPieces {
  return {
    query: dtypes.query === 'float32' ? scorePieces(query) : [query],
    key: dtypes.key === 'float32' ? scorePieces(key) : [key],
    value: dtypes.value === 'float32' ? valuePieces(value) : [value],
    weightBits: weightBitsOf(dtypes.value),
  };
}

/** 13 bits of weight beside the 11 of float16 values, 16 beside pieces of 8. */
export function weightBitsOf(valueDtype: Dtype): WeightBits {
  return valueDtype === 'float16' ? 13 : 16;
}
