// The query, key and value of a case: seeded, and exact in their dtype.
import type { AttentionPlan, Random, Tensor } from '@relbias/bias-spec';
import { numberToBfloat16, numberToFloat16, shapesOf, toFloat32 } from '@relbias/bias-spec';
import { elementCount } from '@relbias/bias-spec/backend';
import type { Factors, InputDtype } from './grammar.ts';
import { bellShaped } from './seeded.ts';

export interface CaseInputs {
  /** The inputs of the backend. */
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** The same numbers in float32, for the oracle. */
  readonly wide: { readonly query: Float32Array; readonly key: Float32Array; readonly value: Float32Array };
}

/** The constructor of Float16Array, which Node 20 lacks. */
type Float16ArrayConstructor = { from(values: ArrayLike<number>): Tensor['data'] };

const float16Array = (): Float16ArrayConstructor | undefined =>
  (globalThis as { Float16Array?: Float16ArrayConstructor }).Float16Array;

/** Why this engine cannot make the inputs of a case; null where it can. */
export function missingHere(factors: Factors): string | null {
  if (![factors.dtype, factors.keyDtype, factors.valueDtype].includes('Float16Array') || float16Array() !== undefined)
    return null;
  return 'this JavaScript engine has no Float16Array';
}

export function inputsOf(plan: AttentionPlan, factors: Factors, random: Random): CaseInputs {
  const shapes = shapesOf(plan);
  const tensorOf = (shape: readonly number[]): Float32Array => {
    const size = elementCount(shape);
    if (factors.data === 'zeros') return new Float32Array(size);
    // 0.3 is not exact in binary: sums of equal numbers then round.
    return Float32Array.from({ length: size }, () => (factors.data === 'equal' ? 0.3 : bellShaped(random)));
  };
  const query = tensorOf(shapes.query);
  const key = tensorOf(shapes.key);
  const value = tensorOf(shapes.value);
  if (factors.magnitude !== undefined) {
    const factor = factors.magnitude / largestScore(plan, query, key);
    query.forEach((one, index) => (query[index] = one * factor));
  }
  if (factors.padding === 'nan') {
    poisonPadding(plan, key, plan.headDim);
    poisonPadding(plan, value, plan.valueDim);
  }
  const tensors = {
    query: narrowed(query, shapes.query, factors.dtype),
    key: narrowed(key, shapes.key, factors.keyDtype ?? factors.dtype),
    value: narrowed(value, shapes.value, factors.valueDtype ?? factors.dtype),
  };
  const wide = { query: toFloat32(tensors.query), key: toFloat32(tensors.key), value: toFloat32(tensors.value) };
  return { ...tensors, wide };
}

function narrowed(data: Float32Array, shape: readonly number[], dtype: InputDtype | 'float32' = 'float32'): Tensor {
  switch (dtype) {
    case 'float32':
      return { data, shape, dtype };
    case 'bfloat16':
      return { data: Uint16Array.from(data, numberToBfloat16), shape, dtype };
    case 'float16':
      return { data: Uint16Array.from(data, numberToFloat16), shape, dtype };
    case 'Float16Array': {
      const Float16Array = float16Array();
      if (Float16Array === undefined) throw new TypeError('Float16Array: ask missingHere() first');
      return { data: Float16Array.from(data), shape, dtype: 'float16' };
    }
    default:
      return dtype satisfies never;
  }
}

/** The largest |scale * q.k| of any pair, hidden ones included. */
function largestScore(plan: AttentionPlan, query: Float32Array, key: Float32Array): number {
  const { batch, heads, keyValueHeads, queries, keys, headDim, scale } = plan;
  let largest = 0;
  for (let row = 0; row < batch * heads * queries; row++) {
    const head = Math.floor(row / queries);
    const keyValueHead = Math.floor(head / (heads / keyValueHeads));
    for (let j = 0; j < keys; j++) {
      let dot = 0;
      for (let c = 0; c < headDim; c++) dot += query[row * headDim + c] * key[(keyValueHead * keys + j) * headDim + c];
      largest = Math.max(largest, Math.abs(scale * dot));
    }
  }
  return largest;
}

function poisonPadding(plan: AttentionPlan, data: Float32Array, dim: number): void {
  const { batch, keyValueHeads, keys, mask } = plan;
  for (let head = 0; head < batch * keyValueHeads; head++) {
    const length = mask.keyLengths[Math.floor(head / keyValueHeads)];
    data.fill(NaN, (head * keys + length) * dim, (head + 1) * keys * dim);
  }
}
