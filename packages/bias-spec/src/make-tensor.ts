// Makes tensors: from arrays with a shape, from nested arrays, and from tensors with the sequence before the heads.
import { ParameterError, ShapeError } from './errors.ts';
import { conversionHint, dtypeOf, isTensor, readTensor, requireExtents, statedShape, tensorHint } from './read-tensor.ts';
import { isArray, show } from './show.ts';
import type { Dtype, Float16ArrayLike, ShapedTensor, Tensor } from './tensor.ts';
import { elementCount, isUint16Array, rawTensor } from './tensor.ts';

/** Numbers, or arrays of such, all of the same length: the rows of a matrix, and so on. */
export type NestedNumbers = ArrayLike<number> | readonly NestedNumbers[];

/** A float32 tensor. */
interface TensorOfFloat32 extends Tensor {
  readonly data: Float32Array;
  readonly dtype: 'float32';
}

/**
 * A tensor from its data and shape.
 *
 * - A Float32Array or Float16Array is used without copying. Its class determines the dtype.
 * - A Uint16Array holds the bits of halves and needs a dtype: `'float16'` or `'bfloat16'`.
 * - An array of numbers is rounded to float32.
 * - Nested arrays are rounded to float32 too. They have a shape, which may be left out.
 * - A tensor of onnxruntime-web or Transformers.js (`{ dims, type, data }`) is used over its own memory.
 *
 * @param shape - row-major, for example [batch, heads, sequence, dim].
 * @throws ShapeError, ParameterError naming the entry: a ragged row, a text among the numbers, a shape that the data does not fill.
 * @example
 * const query = tensor(new Float32Array(2 * 3 * 4), [1, 2, 3, 4]);
 * tensor([[[[1, 2], [3, 4]]]]).shape; // [1, 1, 2, 2]
 */
export function tensor(data: Float32Array, shape: readonly number[]): TensorOfFloat32;
export function tensor(data: NestedNumbers, shape?: readonly number[]): TensorOfFloat32;
export function tensor(data: Float16ArrayLike | Uint16Array, shape: readonly number[], dtype?: Dtype): Tensor;
export function tensor(data: ShapedTensor): Tensor;
export function tensor(data: unknown, shape?: readonly number[], dtype: Dtype | undefined = dtypeOf(data)): Tensor {
  if (isTensor(data)) {
    const made = readTensor('tensor', data);
    if (dtype !== undefined && dtype !== made.dtype) {
      const got = `${show(dtype)} for a tensor of ${made.dtype}`;
      throw new ParameterError({ what: 'tensor.dtype', got, wanted: 'no dtype, or the one that it has' });
    }
    return shape === undefined ? made : readTensor('tensor', { ...made, shape });
  }
  if (dtype !== undefined || isUint16Array(data)) return readTensor('tensor', { data, shape, dtype });
  const nested = isArray(data) && data.length > 0 && !isNumberLike(data[0]);
  if (isArray(data) && !nested) return readTensor('tensor', { data: rounded(data), shape, dtype: 'float32' });
  if (!nested) {
    throw new ParameterError({
      what: 'tensor',
      got: show(data),
      wanted: 'a Float32Array or an array of numbers with a shape, nested arrays, or { data, shape, dtype }',
      hint: conversionHint(data),
    });
  }
  const own = shapeOfNested(data);
  if (shape !== undefined && requireExtents('tensor.shape', shape).join() !== own.join()) {
    throw new ShapeError({ what: 'tensor.shape', got: show(shape), wanted: `${show(own)}, the shape of these nested arrays` });
  }
  const numbers = new Float32Array(elementCount(own));
  fillFrom(data, own, 0, 'tensor', numbers, 0);
  return { data: numbers, shape: own, dtype: 'float32' };
}

/** Anything but an array: a number, or an invalid value in its place. */
const isNumberLike = (entry: unknown): boolean => !isArray(entry) && !ArrayBuffer.isView(entry);

function rounded(list: readonly unknown[]): Float32Array {
  const numbers = new Float32Array(list.length);
  fillFrom(list, [list.length], 0, 'tensor', numbers, 0);
  return numbers;
}

/** No tensor of attention has more axes. Arrays that contain themselves end here. */
const MAX_RANK = 8;

/** The shape of nested arrays by their first entries. `fillFrom` checks the others. */
function shapeOfNested(data: unknown): number[] {
  const shape: number[] = [];
  let row = data;
  while (!isNumberLike(row)) {
    const list = row as ArrayLike<unknown>;
    shape.push(list.length);
    if (shape.length > MAX_RANK)
      throw new ShapeError({ what: 'tensor', got: `more than ${MAX_RANK} levels of arrays`, wanted: 'fewer' });
    row = list[0];
  }
  return requireExtents('tensor: the shape of the nested arrays', shape);
}

/** Writes one level of nested arrays to `into` from index `at` on, and returns the index after it. */
function fillFrom(given: unknown, shape: readonly number[], axis: number, what: string, into: Float32Array, at: number): number {
  if (isNumberLike(given)) throw new ShapeError({ what, got: show(given), wanted: `an array of ${shape[axis]}` });
  const list = given as ArrayLike<unknown>;
  if (list.length !== shape[axis]) {
    throw new ShapeError({
      what,
      got: `${show(list.length)} entries`,
      wanted: `${shape[axis]}, as in the first row of this level`,
    });
  }
  let next = at;
  for (let index = 0; index < shape[axis]; index++) {
    const entry = list[index];
    if (axis < shape.length - 1) {
      next = fillFrom(entry, shape, axis + 1, `${what}[${index}]`, into, next);
    } else if (typeof entry === 'number') {
      into[next] = entry;
      // Finite or not, as given: 1e39 must not become Infinity.
      if (Number.isFinite(entry) && !Number.isFinite(into[next])) {
        const wanted = 'a number that float32 can hold, up to 3.4e38';
        throw new ParameterError({ what: `${what}[${index}]`, got: show(entry), wanted });
      }
      next++;
    } else {
      throw new ParameterError({ what: `${what}[${index}]`, got: show(entry), wanted: 'a number' });
    }
  }
  return next;
}

/**
 * Reorders [batch, sequence, heads, dim] to [batch, heads, sequence, dim], the order that attention reads; a copy. FlashAttention and JAX
 * put the sequence before the heads. If both axes have the same extent, no check can distinguish the two orders.
 *
 * @throws ShapeError on a tensor of another rank.
 * @example
 * headsFirst(tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2, 1])).data; // Float32Array [1, 3, 2, 4]
 */
export function headsFirst(sequenceFirst: ShapedTensor): Tensor {
  const stated = isTensor(sequenceFirst) ? statedShape(sequenceFirst) : undefined;
  if (!isArray(stated) || stated.length !== 4) {
    const got = show(isTensor(sequenceFirst) ? stated : sequenceFirst);
    throw new ShapeError({
      what: 'headsFirst',
      got,
      wanted: 'a tensor of [batch, sequence, heads, dim]',
      hint: isTensor(sequenceFirst) ? undefined : tensorHint(sequenceFirst),
    });
  }
  const read = readTensor('headsFirst', sequenceFirst);
  const { dtype } = read;
  const [batch, tokens, heads, dim] = read.shape;
  const { data } = rawTensor(read);
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
