// One call's query, key and value in the reproducible profile: checked, canonical, split into slices whose products are exact.
import type { AttentionPlan } from '../problem.ts';
import { rawInputs, shapesOf } from '../problem.ts';
import type { Dtype, RawInputs, TensorLike } from '../tensor.ts';
import { canonicalNumbers, requireNoNaN } from './canonical.ts';
import type { WeightBits } from './exponential.ts';
import type { Slices } from './slices.ts';
import { scoreSlices, valueSlices } from './slices.ts';

/** Canonical numbers, row-major in the shapes of `shapesOf(plan)`, exactly widened to float32; keys and values past a key length are +0. */
export interface CanonicalInputs {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  readonly dtypes: { readonly query: Dtype; readonly key: Dtype; readonly value: Dtype };
}

/**
 * Refuses NaN. Unlike the fast profile, this one accepts infinities and numbers of any magnitude, as rule 1 clamps them. Padding may hold
 * anything.
 *
 * @throws ParameterError naming the tensor and the element.
 */
export function requireNoNaNs(
  { batch, heads, keyValueHeads, queries, keys, headDim, valueDim, mask }: AttentionPlan,
  inputs: RawInputs,
): void {
  requireNoNaN('query', inputs.query, 0, batch * heads * queries * headDim);
  for (let head = 0; head < batch * keyValueHeads; head++) {
    const [first, end] = [head * keys, head * keys + mask.keyLengths[Math.floor(head / keyValueHeads)]];
    requireNoNaN('key', inputs.key, first * headDim, end * headDim);
    requireNoNaN('value', inputs.value, first * valueDim, end * valueDim);
  }
}

/**
 * The inputs of a call in canonical form.
 *
 * @throws ParameterError naming the tensor and the element that is NaN.
 */
export function canonicalInputs(plan: AttentionPlan, { query, key, value }: RawInputs): CanonicalInputs {
  const { queries, keyValueHeads, mask } = plan;
  const shapes = shapesOf(plan);
  const keyRows = (head: number): number => mask.keyLengths[Math.floor(head / keyValueHeads)];
  return {
    query: canonicalNumbers('query', query, shapes.query, 'score', () => queries),
    key: canonicalNumbers('key', key, shapes.key, 'score', keyRows),
    value: canonicalNumbers('value', value, shapes.value, 'value', keyRows),
    dtypes: { query: query.dtype, key: key.dtype, value: value.dtype },
  };
}

/**
 * Reads the inputs of a call in canonical form.
 *
 * @throws as `rawInputs` and `canonicalInputs`.
 */
export function readCanonicalInputs(plan: AttentionPlan, query: TensorLike, key: TensorLike, value: TensorLike): CanonicalInputs {
  return canonicalInputs(plan, rawInputs(plan, query, key, value));
}

/** Canonical inputs, split into the slices that are multiplied. */
export interface InputSlices {
  readonly query: Slices;
  readonly key: Slices;
  readonly value: Slices;
  readonly weightBits: WeightBits;
}

/**
 * Splits float32 inputs. Query and key have the same number of slices: if one of them is a half, its low slice is 0, and adding 0 changes no
 * sum.
 */
export function slicesOf({ query, key, value, dtypes }: CanonicalInputs): InputSlices {
  const split = dtypes.query === 'float32' || dtypes.key === 'float32';
  return {
    query: split ? scoreSlices(query) : [query],
    key: split ? scoreSlices(key) : [key],
    value: dtypes.value === 'float32' ? valueSlices(value) : [value],
    weightBits: weightBitsOf(dtypes.value),
  };
}

/** 13 bits of weight for float16 values, which have 11; 16 for slices of 8 bits. */
export function weightBitsOf(valueDtype: Dtype): WeightBits {
  return valueDtype === 'float16' ? 13 : 16;
}
