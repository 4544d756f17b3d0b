// Tensors of each dtype from float32 numbers.
import type { Dtype, Tensor } from '@relbias/bias-spec';
import { numberToBfloat16, numberToFloat16 } from '@relbias/bias-spec';
import { elementCount } from '@relbias/bias-spec/backend';

/** Numbers rounded to a dtype: float32, or the bits of float16 and bfloat16. */
export function tensorOf(data: Float32Array, shape: readonly number[], dtype: Dtype): Tensor {
  if (dtype === 'float32') return { data, shape, dtype };
  return { data: Uint16Array.from(data, dtype === 'bfloat16' ? numberToBfloat16 : numberToFloat16), shape, dtype };
}

/** A tensor of random numbers. */
export function drawnTensor(shape: readonly number[], dtype: Dtype, number: (index: number) => number): Tensor {
  const size = elementCount(shape);
  return tensorOf(
    Float32Array.from({ length: size }, (_, index) => number(index)),
    shape,
    dtype,
  );
}
