// Tensors: their types, and their numbers as float32. read-tensor.ts checks what callers hand in, make-tensor.ts makes tensors.
import { bfloat16ToNumber, float16ToNumber } from './half.ts';

/** The element types that attention reads. */
export type Dtype = 'float32' | 'float16' | 'bfloat16';

/** The part of `Float16Array` that is used here, as an interface: Node 20 and older TypeScript have no such class. */
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

/** A tensor whose dtype follows from the class of its array. */
export interface UntypedTensor {
  readonly data: Float32Array | Float16ArrayLike;
  readonly shape: readonly number[];
  readonly dtype?: Dtype;
}

/** A tensor of onnxruntime-web or Transformers.js on the CPU, of type float32 or float16. */
export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly type: string;
}

/** A tensor that states its shape. */
export type ShapedTensor = Tensor | UntypedTensor | OnnxTensor;

/** What a run reads as a tensor. A bare Float32Array or Float16Array takes the shape that the problem asks for. */
export type TensorLike = ShapedTensor | Float32Array | Float16ArrayLike;

/**
 * A tensor's numbers in the caller's memory: float32, or the bit patterns of halves. A kernel that widens halves as it reads them needs no
 * float32 copy of the tensor.
 */
export type RawTensor =
  | { readonly dtype: 'float32'; readonly data: Float32Array }
  | { readonly dtype: 'float16' | 'bfloat16'; readonly data: Uint16Array };

/** One call's query, key and value in the caller's memory, each in its own dtype. */
export interface RawInputs {
  readonly query: RawTensor;
  readonly key: RawTensor;
  readonly value: RawTensor;
}

/** One call's query, key and value as float32, row-major in the shapes of `shapesOf(plan)`. */
export interface Inputs {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/**
 * The number of elements of a shape.
 *
 * @example
 * elementCount([2, 3, 4]); // 24
 */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** By its tag: Node 20 has no Float16Array, and arrays of another realm (an iframe, a test runner) are no instances of this one's classes. */
function isOfType(data: unknown, name: string): boolean {
  // A proxy has the tag but is no view.
  return ArrayBuffer.isView(data) && Object.prototype.toString.call(data) === `[object ${name}]`;
}

export const isFloat32Array = (data: unknown): data is Float32Array => isOfType(data, 'Float32Array');
export const isUint8Array = (data: unknown): data is Uint8Array => isOfType(data, 'Uint8Array');
export const isUint16Array = (data: unknown): data is Uint16Array => isOfType(data, 'Uint16Array');
export const isFloat16Array = (data: unknown): data is Float16ArrayLike => isOfType(data, 'Float16Array');
export const isBigIntArray = (data: unknown): data is BigInt64Array | BigUint64Array =>
  isOfType(data, 'BigInt64Array') || isOfType(data, 'BigUint64Array');

/** The tensor's numbers in their own dtype. Nothing is copied. */
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

/** How many halves are widened at a time. */
const CHUNK = 4096;

/** The numbers from `start` to `end` as float32, in chunks, so a tensor of halves is never copied as a whole. */
export function* float32Chunks({ data, dtype }: RawTensor, start: number, end: number): Generator<Float32Array> {
  if (dtype === 'float32') {
    yield data.subarray(start, end);
    return;
  }
  for (let from = start; from < end; from += CHUNK) {
    yield widened({ dtype, data: data.subarray(from, Math.min(from + CHUNK, end)) });
  }
}
