// Reads the tensors of callers: ours, those of other libraries, bare arrays. Checks shape, dtype and memory order; copies nothing and does not
// look at the numbers.
import { ParameterError, ShapeError, isPromise, reading } from './errors.ts';
import { isArray, show } from './show.ts';
import type { Dtype, ShapedTensor, Tensor } from './tensor.ts';
import { elementCount, isBigIntArray, isFloat16Array, isFloat32Array } from './tensor.ts';
import { isUint16Array, isUint8Array, rawTensor, widened } from './tensor.ts';

const TENSOR = '{ data, shape, dtype }';
const WANTED = `a Float32Array, a Float16Array, or ${TENSOR}`;
const OF_ROWS = 'tensor(rows) makes one of nested arrays';
const OF_NUMBERS = 'tensor(data, shape) makes one of an array of numbers';

/** The way out for a promise of a tensor. */
const AWAIT = 'Await it first.';

/** How to make a tensor of this value. */
export function tensorHint(value: unknown): string {
  if (isUint16Array(value)) return "Bits of halves: tensor(data, shape, 'float16' or 'bfloat16').";
  return conversionHint(value) ?? `${OF_NUMBERS}, ${OF_ROWS}.`;
}

/** How numbers in another form become float32; undefined where the form does not tell. */
export function conversionHint(value: unknown): string | undefined {
  if (isPending(value)) return AWAIT;
  if (isArray(value)) return `${isArray(value[0]) || ArrayBuffer.isView(value[0]) ? OF_ROWS : OF_NUMBERS}.`;
  if (!ArrayBuffer.isView(value) || value instanceof DataView || dtypeOf(value) !== undefined) return undefined;
  if (isUint8Array(value)) return BYTES;
  return `Round it to float32 first: Float32Array.from(data${isBigIntArray(value) ? ', Number' : ''}).`;
}

/** Copied first: the bytes of a Buffer begin at any offset in a pool. */
export const BYTES =
  'Bytes of float32 numbers: new Float32Array(Uint8Array.from(data).buffer). Integers: Float32Array.from(data).';

/** Whether it is a promise; false for what cannot be read. */
function isPending(value: unknown): boolean {
  try {
    return isPromise(value);
  } catch {
    return false;
  }
}

/** Whether an object has the fields of a tensor, ours or onnxruntime's, whatever they hold. */
export function isTensor(value: unknown): value is Tensor {
  try {
    return value !== null && typeof value === 'object' && 'data' in value && ('shape' in value || 'dims' in value);
  } catch {
    return false;
  }
}

/** The shape in a tensor's fields, unchecked: a list of its extents, or what is there in its place; undefined for a bare array. */
export function statedShape(value: unknown): unknown {
  try {
    const { shape, dims } = value as { readonly shape?: unknown; readonly dims?: unknown };
    return extentsOf(shape ?? dims) ?? shape ?? dims;
  } catch {
    return undefined;
  }
}

/** The fields of a tensor, each read once. */
interface Stated {
  readonly data: unknown;
  readonly shape: unknown;
  readonly dtype: unknown;
  /** The caller's object, which may have strides. */
  readonly source: object;
}

function stated(what: string, value: unknown, wanted: string): Stated {
  if (!isTensor(value)) throw new ParameterError({ what, got: show(value), wanted, hint: tensorHint(value) });
  const { data, dims, ...fields } = {
    data: value.data as unknown,
    dims: Reflect.get(value, 'dims') as unknown,
    shape: Reflect.get(value, 'shape') as unknown,
    dtype: Reflect.get(value, 'dtype') as unknown,
  };
  // onnxruntime: { dims, type, data }.
  const dtype = fields.dtype ?? (fields.shape === undefined ? (Reflect.get(value, 'type') as unknown) : undefined);
  return { data, shape: fields.shape ?? dims, dtype: dtype ?? dtypeOf(data), source: value };
}

/** The dtype of an array that implies it. */
export function dtypeOf(data: unknown): Dtype | undefined {
  if (isFloat32Array(data)) return 'float32';
  return isFloat16Array(data) ? 'float16' : undefined;
}

/**
 * Checks a tensor against the shape that the problem asks for. Each field is read once: the returned tensor is plain data that no getter of
 * the caller's changes later.
 *
 * @throws ShapeError, ParameterError naming `what`.
 */
export function requireTensor(what: string, value: unknown, shape: readonly number[]): Tensor {
  return reading(what, 'a tensor', WANTED, () => {
    const bare = dtypeOf(value);
    if (bare !== undefined) {
      const data = plainData(what, value, bare);
      if (data.length === elementCount(shape)) return { data, shape, dtype: bare };
      throw otherCount(what, data.length, shape);
    }
    return filled(what, stated(what, value, WANTED), shape);
  });
}

/**
 * Checks a tensor that has a shape of its own, as `requireTensor` does.
 *
 * @throws ShapeError, ParameterError naming `what`.
 */
export function readTensor(what: string, value: unknown): Tensor {
  return reading(what, 'a tensor', TENSOR, () => {
    const given = stated(what, value, TENSOR);
    return filled(what, given, requireExtents(`${what}.shape`, given.shape));
  });
}

function filled(what: string, given: Stated, shape: readonly number[]): Tensor {
  requireShape(what, given.shape, shape);
  requireDense(what, given.source, shape);
  const data = plainData(what, given.data, given.dtype);
  if (data.length === elementCount(shape)) return { data, shape, dtype: given.dtype as Dtype };
  throw otherCount(`${what}.data`, data.length, shape);
}

function otherCount(what: string, length: number, shape: readonly number[]): ShapeError {
  return new ShapeError({
    what,
    got: `${length} numbers`,
    wanted: `${elementCount(shape)} for the shape [${shape.join(', ')}]`,
    hint: length === 0 ? 'An array is empty after its buffer was transferred, for example to a worker.' : undefined,
  });
}

/** A tensor's numbers as float32: the same array for float32, an exact widened copy for the halves. @throws ParameterError, ShapeError. */
export function toFloat32(value: ShapedTensor): Float32Array {
  return widened(rawTensor(readTensor('toFloat32', value)));
}

/** @throws ParameterError if dtype and data do not match. */
function plainData(what: string, data: unknown, dtype: unknown): Tensor['data'] {
  if (dtype === 'float32' && isFloat32Array(data)) return plainView(data);
  if (dtype === 'float16' && isFloat16Array(data)) return data;
  if (isUint16Array(data)) {
    if (dtype === 'float16' || dtype === 'bfloat16') return plainView(data);
    throw new ParameterError({
      what: `${what}.dtype`,
      got: `${show(dtype)} over ${show(data)}`,
      wanted: "'float16' or 'bfloat16', whichever its bits are",
    });
  }
  throw new ParameterError({
    what,
    got: `dtype ${show(dtype)} over ${show(data)}`,
    wanted: 'float32 over a Float32Array, float16 over a Float16Array or Uint16Array, or bfloat16 over a Uint16Array',
    hint: typeof data === 'function' ? 'A tensor of TensorFlow.js: tensor(await t.data(), t.shape).' : conversionHint(data),
  });
}

/** The classes as they were when this module was loaded. */
const PLAIN = { Float32Array, Uint16Array };

/** The same numbers as a plain typed array, without the methods of a subclass. */
function plainView<A extends Float32Array | Uint16Array>(data: A): A {
  const plain = isFloat32Array(data) ? PLAIN.Float32Array : PLAIN.Uint16Array;
  if (Object.getPrototypeOf(data) === plain.prototype) return data;
  const typedArray = Object.getPrototypeOf(Int8Array.prototype) as object;
  const read = (name: 'buffer' | 'byteOffset' | 'length'): unknown => Reflect.get(typedArray, name, data);
  return new plain(read('buffer') as ArrayBuffer, read('byteOffset') as number, read('length') as number) as A;
}

/** The extents that a shape lists: an array or typed array of integers. BigInts are read as numbers. */
function extentsOf(given: unknown): readonly unknown[] | null {
  if (!isArray(given) && !ArrayBuffer.isView(given)) return null;
  return Array.from(given as ArrayLike<unknown>, (extent) => (typeof extent === 'bigint' ? Number(extent) : extent));
}

/** @throws ShapeError if it is no list of positive integers. */
export function requireExtents(what: string, given: unknown): number[] {
  const extents = extentsOf(given);
  if (extents?.every((extent) => typeof extent === 'number' && Number.isSafeInteger(extent) && extent > 0))
    return extents as number[];
  throw new ShapeError({ what, got: show(extents ?? given), wanted: 'a list of positive integers, such as [1, 8, 16, 64]' });
}

function requireShape(what: string, given: unknown, shape: readonly number[]): void {
  const got = extentsOf(given);
  const fits = (wanted: readonly number[]): boolean =>
    got?.length === wanted.length && wanted.every((extent, axis) => got[axis] === extent);
  if (fits(shape)) return;
  const [batch, heads, tokens, dim] = shape;
  const swapped = shape.length === 4 && fits([batch, tokens, heads, dim]);
  throw new ShapeError({
    what: `${what}.shape`,
    got: show(got ?? given),
    wanted: `[${shape.join(', ')}]`,
    hint: swapped ? 'Heads come before the sequence: headsFirst(tensor) reorders [batch, sequence, heads, dim].' : undefined,
  });
}

/** The field of strides in libraries of n-dimensional arrays (ndarray, stdlib). */
const STRIDES = ['stride', 'strides'] as const;

/**
 * Refuses a view that is not dense and row-major from its first element on: a transposed or sliced view has the right shape and the wrong
 * numbers.
 */
function requireDense(what: string, given: object, shape: readonly number[]): void {
  const dense = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const hint = 'Copy it into row-major order first.';
  for (const name of STRIDES) {
    const strides: unknown = Reflect.get(given, name);
    if (strides === undefined || strides === null || typeof strides === 'function') continue;
    const list = Array.from(strides as ArrayLike<unknown>);
    // The stride of an axis of extent 1 has no effect.
    if (list.length === shape.length && list.every((stride, axis) => shape[axis] === 1 || stride === dense[axis])) continue;
    throw new ShapeError({ what: `${what}.${name}`, got: show(list), wanted: `${show(dense)}: row-major, without gaps`, hint });
  }
  const offset: unknown = Reflect.get(given, 'offset');
  if (offset === undefined || offset === null || offset === 0 || typeof offset === 'function') return;
  throw new ShapeError({ what: `${what}.offset`, got: show(offset), wanted: '0', hint });
}
