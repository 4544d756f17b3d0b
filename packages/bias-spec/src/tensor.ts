// Tensors as callers hand them in: data, shape, dtype. Checks their shape and reads them as float32; no arithmetic.
import { ParameterError, ShapeError, show } from './errors.ts';
import { bfloat16ToNumber, float16ToNumber } from './half.ts';

/** The element types that attention reads. */
export type Dtype = 'float32' | 'float16' | 'bfloat16';

/** What `Float16Array` offers here; named structurally because Node 20 has no such class. */
export interface Float16ArrayLike extends ArrayLike<number>, ArrayBufferView {
  readonly [Symbol.toStringTag]: 'Float16Array';
}

/**
 * A dense row-major tensor. float32 data is a Float32Array; float16 a Float16Array or the bits in a Uint16Array;
 * bfloat16 the bits in a Uint16Array.
 */
export interface Tensor {
  readonly data: Float32Array | Uint16Array | Float16ArrayLike;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** A tensor, or a bare Float32Array whose shape the problem already knows. */
export type TensorLike = Tensor | Float32Array;

/**
 * A tensor's numbers as they were given, over the caller's own memory: float32, or the bit patterns of a half. A kernel that widens
 * halves as it reads them needs no float32 copy of the whole.
 */
export type RawTensor =
  | { readonly dtype: 'float32'; readonly data: Float32Array }
  | { readonly dtype: 'float16' | 'bfloat16'; readonly data: Uint16Array };

/**
 * A float32 tensor from its data and shape.
 *
 * @example
 * const query = tensor(new Float32Array(2 * 3 * 4), [1, 2, 3, 4]);
 */
export function tensor(data: Float32Array, shape: readonly number[]): Tensor {
  const checked: Tensor = { data, shape, dtype: 'float32' };
  requireTensor('tensor', checked, shape);
  return checked;
}

/** By its tag: Node 20 has no Float16Array to ask, and arrays that come from another realm (a frame, a test runner's) are arrays too. */
function isOfType(data: unknown, name: string): boolean {
  // A proxy carries the tag but is no view, and its elements cannot be read as one's.
  return ArrayBuffer.isView(data) && Object.prototype.toString.call(data) === `[object ${name}]`;
}

const isFloat32Array = (data: unknown): data is Float32Array => isOfType(data, 'Float32Array');
const isUint16Array = (data: unknown): data is Uint16Array => isOfType(data, 'Uint16Array');
const isFloat16Array = (data: unknown): data is Float16ArrayLike => isOfType(data, 'Float16Array');

/** Checks a tensor against the shape that the problem asks for and returns it in its full form. */
export function requireTensor(what: string, value: unknown, shape: readonly number[]): Tensor {
  const wantedShape = `[${shape.join(', ')}]`;
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (isFloat32Array(value)) {
    if (value.length === size) return { data: value, shape, dtype: 'float32' };
    throw new ShapeError({
      what,
      got: `${value.length} numbers`,
      wanted: `${size} for the shape ${wantedShape}`,
    });
  }
  if (value === null || typeof value !== 'object' || !('data' in value) || !('shape' in value)) {
    throw new ParameterError({
      what,
      got: show(value),
      wanted: 'a Float32Array or { data, shape, dtype }',
    });
  }
  const { data, shape: gotShape, dtype } = value as Tensor;
  if (!Array.isArray(gotShape) || gotShape.length !== shape.length || gotShape.some((extent, axis) => extent !== shape[axis])) {
    throw new ShapeError({ what: `${what}.shape`, got: show(gotShape), wanted: wantedShape });
  }
  const fits =
    dtype === 'float32'
      ? isFloat32Array(data)
      : dtype === 'float16'
        ? isUint16Array(data) || isFloat16Array(data)
        : dtype === 'bfloat16' && isUint16Array(data);
  if (!fits) {
    throw new ParameterError({
      what,
      got: `dtype ${show(dtype)} over ${show(data)}`,
      wanted: 'float32 over a Float32Array, float16 over a Float16Array or Uint16Array, or bfloat16 over a Uint16Array',
    });
  }
  if (data.length !== size) {
    throw new ShapeError({
      what: `${what}.data`,
      got: `${data.length} numbers`,
      wanted: `${size} for the shape ${wantedShape}`,
    });
  }
  return value as Tensor;
}

/** The tensor's numbers in the dtype they came in. Nothing is copied. */
export function rawTensor({ data, dtype }: Tensor): RawTensor {
  if (isFloat32Array(data)) return { dtype: 'float32', data };
  const bits = isUint16Array(data) ? data : new Uint16Array(data.buffer, data.byteOffset, data.length);
  return { dtype: dtype === 'bfloat16' ? dtype : 'float16', data: bits };
}

/** The numbers as float32: the same array for float32, an exact widened copy for the halves. */
export function widened({ data, dtype }: RawTensor): Float32Array {
  if (dtype === 'float32') return data;
  const widen = dtype === 'bfloat16' ? bfloat16ToNumber : float16ToNumber;
  const wide = new Float32Array(data.length);
  for (let index = 0; index < data.length; index++) wide[index] = widen(data[index]);
  return wide;
}

/** `widened`, from a tensor as callers hand it in. */
export function toFloat32(value: Tensor): Float32Array {
  return widened(rawTensor(value));
}

/** How many halves are widened at a time where only a look at them is wanted. */
const PIECE = 4096;

/** The numbers from `start` to `end` as float32, a piece at a time: no copy of the whole is made. */
export function* float32Pieces({ data, dtype }: RawTensor, start: number, end: number): Generator<Float32Array> {
  if (dtype === 'float32') {
    yield data.subarray(start, end);
    return;
  }
  for (let from = start; from < end; from += PIECE) {
    yield widened({ dtype, data: data.subarray(from, Math.min(from + PIECE, end)) });
  }
}
