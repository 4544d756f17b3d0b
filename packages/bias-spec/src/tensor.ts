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

/** One call's query, key and value in the dtypes they came in, which may differ, over the caller's own memory. */
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

/** An object that has a tensor's fields, whatever is in them. */
export function isTensor(value: unknown): value is Tensor {
  return value !== null && typeof value === 'object' && 'data' in value && 'shape' in value;
}

/**
 * Checks a tensor against the shape that the problem asks for and returns it in its full form. Each field is read once: what comes back is
 * plain data that no getter of the caller's changes later.
 */
export function requireTensor(what: string, value: unknown, shape: readonly number[]): Tensor {
  const wantedShape = `[${shape.join(', ')}]`;
  const size = elementCount(shape);
  if (isFloat32Array(value)) {
    const data = plainView(value);
    if (data.length === size) return { data, shape, dtype: 'float32' };
    throw new ShapeError({
      what,
      got: `${data.length} numbers`,
      wanted: `${size} for the shape ${wantedShape}`,
    });
  }
  if (!isTensor(value)) {
    throw new ParameterError({
      what,
      got: show(value),
      wanted: 'a Float32Array or { data, shape, dtype }',
    });
  }
  const { data: given, dtype } = value;
  requireShape(what, value.shape, shape);
  requireDense(what, value, shape);
  const data = plainData(given, dtype);
  if (data === null) {
    throw new ParameterError({
      what,
      got: `dtype ${show(dtype)} over ${show(given)}`,
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
  return { data, shape, dtype };
}

/** null where the dtype is another than that of the data. */
function plainData(data: unknown, dtype: unknown): Tensor['data'] | null {
  if (dtype === 'float32') return isFloat32Array(data) ? plainView(data) : null;
  if (isUint16Array(data)) return dtype === 'float16' || dtype === 'bfloat16' ? plainView(data) : null;
  return dtype === 'float16' && isFloat16Array(data) ? data : null;
}

/** As they were when this module was loaded. */
const PLAIN = { Float32Array, Uint16Array };

/** The same numbers without what a subclass may have added: its own length, iterator or methods. */
function plainView<A extends Float32Array | Uint16Array>(data: A): A {
  const plain = isFloat32Array(data) ? PLAIN.Float32Array : PLAIN.Uint16Array;
  if (Object.getPrototypeOf(data) === plain.prototype) return data;
  const typedArray = Object.getPrototypeOf(Int8Array.prototype) as object;
  const read = (name: 'buffer' | 'byteOffset' | 'length'): unknown => Reflect.get(typedArray, name, data);
  return new plain(read('buffer') as ArrayBuffer, read('byteOffset') as number, read('length') as number) as A;
}

function requireShape(what: string, given: unknown, shape: readonly number[]): void {
  const got: unknown = Array.isArray(given) || ArrayBuffer.isView(given) ? Array.from(given as ArrayLike<unknown>) : given;
  const fits = (extents: readonly unknown[], wanted: readonly number[]): boolean =>
    extents.length === wanted.length && wanted.every((extent, axis) => extents[axis] === extent);
  if (Array.isArray(got) && fits(got, shape)) return;
  const [batch, heads, tokens, dim] = shape;
  const swapped = shape.length === 4 && Array.isArray(got) && fits(got, [batch, tokens, heads, dim]);
  throw new ShapeError({
    what: `${what}.shape`,
    got: show(got),
    wanted: `[${shape.join(', ')}]`,
    hint: swapped ? 'Heads come before the sequence: headsFirst(tensor) reorders [batch, sequence, heads, dim].' : undefined,
  });
}

/** What libraries of n-dimensional arrays call the distances between elements, and the place of the first. */
const STRIDES = ['stride', 'strides'] as const;

/**
 * Refuses a view of an array that is not read row by row from its first number on: a transposed or sliced one has the right shape and other
 * numbers.
 */
function requireDense(what: string, given: Tensor, shape: readonly number[]): void {
  const dense = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const hint = 'Copy it into row-major order first.';
  for (const name of STRIDES) {
    const strides: unknown = Reflect.get(given, name);
    if (strides === undefined || strides === null || typeof strides === 'function') continue;
    const list = Array.from(strides as ArrayLike<unknown>);
    // The stride of an axis with one entry is never taken.
    if (list.length === shape.length && list.every((stride, axis) => shape[axis] === 1 || stride === dense[axis])) continue;
    throw new ShapeError({ what: `${what}.${name}`, got: show(list), wanted: `${show(dense)}: row-major, without gaps`, hint });
  }
  const offset: unknown = Reflect.get(given, 'offset');
  if (offset === undefined || offset === null || offset === 0 || typeof offset === 'function') return;
  throw new ShapeError({ what: `${what}.offset`, got: show(offset), wanted: '0', hint });
}

/**
 * [batch, sequence, heads, dim] in the order that attention reads, [batch, heads, sequence, dim]; a copy. PyTorch, FlashAttention and
 * JAX keep the sequence before the heads. Where both have the same extent, no shape tells the two orders apart: reorder where you know it.
 *
 * @throws ShapeError on a tensor of another rank.
 * @example
 * headsFirst(tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2, 1])).data; // Float32Array [1, 3, 2, 4]
 */
export function headsFirst(sequenceFirst: Tensor): Tensor {
  if (!isTensor(sequenceFirst) || !Array.isArray(sequenceFirst.shape) || sequenceFirst.shape.length !== 4) {
    const got = isTensor(sequenceFirst) ? show(sequenceFirst.shape) : show(sequenceFirst);
    throw new ShapeError({ what: 'headsFirst', got, wanted: 'a tensor of [batch, sequence, heads, dim]' });
  }
  const { shape, dtype } = sequenceFirst;
  const [batch, tokens, heads, dim] = shape;
  const { data } = rawTensor(requireTensor('headsFirst', sequenceFirst, [...shape]));
  const reordered = dtype === 'float32' ? new Float32Array(data.length) : new Uint16Array(data.length);
  for (let b = 0; b < batch; b++) {
    for (let token = 0; token < tokens; token++) {
      for (let head = 0; head < heads; head++) {
        const from = ((b * tokens + token) * heads + head) * dim;
        reordered.set(data.subarray(from, from + dim), ((b * heads + head) * tokens + token) * dim);
      }
    }
  }
  return { data: reordered, shape: [batch, heads, tokens, dim], dtype };
}

/**
 * How many numbers a tensor of this shape holds.
 *
 * @example
 * elementCount([2, 3, 4]); // 24
 */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
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
const CHUNK = 4096;

/** The numbers from `start` to `end` as float32, a chunk at a time: no copy of the whole is made. */
export function* float32Chunks({ data, dtype }: RawTensor, start: number, end: number): Generator<Float32Array> {
  if (dtype === 'float32') {
    yield data.subarray(start, end);
    return;
  }
  for (let from = start; from < end; from += CHUNK) {
    yield widened({ dtype, data: data.subarray(from, Math.min(from + CHUNK, end)) });
  }
}
