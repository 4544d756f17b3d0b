// The element types of tensor files: size, typed array, and names in .npy and .safetensors headers.
import type { Dtype, Tensor } from '@relbias/bias-spec';
import { ParameterError, ShapeError, bfloat16ToNumber, float16ToNumber } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import { allocate } from './byte-source.ts';

/** How an element type is stored. float16 and bfloat16 stay bits; a boolean is a byte. */
interface ElementType {
  readonly view: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ElementArray;
  readonly bytes: number;
  /** The type code of a NumPy `descr`, without its byte order; absent where NumPy has no such type. */
  readonly npy?: string;
  readonly safetensors: string;
}

type ElementArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An element type that tensor files may hold: those of tensors; float64 and integers for tables, positions and lengths; bool for masks. */
export type ElementName =
  | Dtype
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool';

export const ELEMENT_TYPES: Readonly<Record<ElementName, ElementType>> = {
  float32: { view: Float32Array, bytes: 4, npy: 'f4', safetensors: 'F32' },
  float16: { view: Uint16Array, bytes: 2, npy: 'f2', safetensors: 'F16' },
  bfloat16: { view: Uint16Array, bytes: 2, safetensors: 'BF16' },
  float64: { view: Float64Array, bytes: 8, npy: 'f8', safetensors: 'F64' },
  int8: { view: Int8Array, bytes: 1, npy: 'i1', safetensors: 'I8' },
  int16: { view: Int16Array, bytes: 2, npy: 'i2', safetensors: 'I16' },
  int32: { view: Int32Array, bytes: 4, npy: 'i4', safetensors: 'I32' },
  int64: { view: BigInt64Array, bytes: 8, npy: 'i8', safetensors: 'I64' },
  uint8: { view: Uint8Array, bytes: 1, npy: 'u1', safetensors: 'U8' },
  uint16: { view: Uint16Array, bytes: 2, npy: 'u2', safetensors: 'U16' },
  uint32: { view: Uint32Array, bytes: 4, npy: 'u4', safetensors: 'U32' },
  uint64: { view: BigUint64Array, bytes: 8, npy: 'u8', safetensors: 'U64' },
  bool: { view: Uint8Array, bytes: 1, npy: 'b1', safetensors: 'BOOL' },
};

/** A tensor as a file holds it: row-major, little-endian. */
export interface StoredTensor {
  readonly elements: ElementName;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A tensor as a file holds it. Its bytes are a view of the data. */
export function toStored({ data, shape, dtype }: Tensor): StoredTensor {
  return { elements: dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * Accepts a tensor as a file holds it, or as `tensor(data, shape)` makes it.
 *
 * @throws ParameterError for anything else, ShapeError where the data does not fill the shape: it would be written as a broken file.
 */
export function asStored(what: string, given: unknown): StoredTensor {
  const { elements, bytes, shape, data, dtype } = (given ?? {}) as Partial<StoredTensor & Tensor>;
  if (Array.isArray(shape)) {
    if (bytes instanceof Uint8Array && Object.hasOwn(ELEMENT_TYPES, elements ?? '')) return whole(what, given as StoredTensor);
    if (ArrayBuffer.isView(data) && Object.hasOwn(ELEMENT_TYPES, dtype ?? '')) {
      requireArrayOf(what, data, dtype as ElementName);
      return whole(what, toStored(given as Tensor));
    }
  }
  throw new ParameterError({
    what,
    got: show(given),
    wanted: 'a tensor { data, shape, dtype } or an array of a file { elements, shape, bytes }',
    hint: 'Make one with tensor(data, shape).',
  });
}

/** @throws ParameterError for an array of another class than the elements are stored in. */
function requireArrayOf(what: string, data: ArrayBufferView, elements: ElementName): void {
  const { name } = ELEMENT_TYPES[elements].view;
  const tag = Object.prototype.toString.call(data).slice('[object '.length, -1);
  if (tag === name || (tag === 'Float16Array' && elements === 'float16')) return;
  throw new ParameterError({ what, got: `dtype ${elements} over ${show(data)}`, wanted: `a ${name}` });
}

function whole(what: string, stored: StoredTensor): StoredTensor {
  const { elements, shape, bytes } = stored;
  const wanted = sizeOf(shape) * ELEMENT_TYPES[elements].bytes;
  if (bytes.length === wanted) return stored;
  throw new ShapeError({
    what,
    got: `${bytes.length} bytes of data`,
    wanted: `${wanted} for ${elements} in the shape ${show(shape)}`,
  });
}

/** The element type with this name in one of the two kinds of header. */
export function elementNamed(header: 'npy' | 'safetensors', name: string): ElementName | undefined {
  return (Object.keys(ELEMENT_TYPES) as ElementName[]).find((element) => ELEMENT_TYPES[element][header] === name);
}

/** How many elements a shape has. Beyond 2^53 the product is not exact, but still larger than any file. */
export function sizeOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, extent) => product * extent, 1);
}

/** The elements as a typed array: a view where the bytes are aligned, else a copy. */
function elementsOf(what: string, { elements, bytes }: StoredTensor): ElementArray {
  const type = ELEMENT_TYPES[elements];
  const aligned = bytes.byteOffset % type.bytes === 0 ? bytes : allocate(what, bytes.length);
  if (aligned !== bytes) aligned.set(bytes);
  return new type.view(aligned.buffer, aligned.byteOffset, aligned.length / type.bytes);
}

/**
 * The tensor that a backend takes.
 *
 * @param what - the tensor's name, for errors.
 * @throws ParameterError for element types other than float32, float16 and bfloat16.
 * @example
 * toTensor('q', { elements: 'float32', shape: [1], bytes: new Uint8Array(4) }).dtype; // 'float32'
 */
export function toTensor(what: string, stored: StoredTensor): Tensor {
  requireNamed('toTensor', what, stored);
  const { elements, shape } = stored;
  if (elements === 'float32') return { data: elementsOf(what, stored) as Float32Array, shape, dtype: elements };
  if (elements === 'float16' || elements === 'bfloat16')
    return { data: elementsOf(what, stored) as Uint16Array, shape, dtype: elements };
  throw new ParameterError({ what, got: shown(elements), wanted: 'float32, float16 or bfloat16', hint: hintFor(elements) });
}

/** Refuses a call without the name, which errors need, or without the array. */
function requireNamed(caller: string, what: unknown, stored: unknown): void {
  const elements = (stored as Partial<StoredTensor> | null | undefined)?.elements;
  if (typeof what === 'string' && Object.hasOwn(ELEMENT_TYPES, elements ?? '')) return;
  throw new ParameterError({
    what: caller,
    got: `${show(what)} and ${show(stored)}`,
    wanted: 'a name for errors and an array as decodeNpy or readSafetensors returns it',
    hint: `Write: ${caller}('NAME', array).`,
  });
}

function shown(elements: ElementName): string {
  return elements === 'bool' ? 'bool, which is a mask' : elements;
}

function hintFor(elements: ElementName): string {
  if (elements === 'bool') return MASK_HINT;
  return isBits(elements) ? BITS_HINT : "In NumPy: array.astype('float32').";
}

const MASK_HINT =
  'A mask of the keys belongs in --attention-mask or --key-padding-mask of the program, in mask.keyLengths or mask.segments of a problem.';

/** 16-bit integers often hold the bits of half-precision numbers: .npy has no bfloat16. */
function isBits(elements: ElementName): boolean {
  return elements === 'uint16' || elements === 'int16';
}

const BITS_HINT =
  "In NumPy: array.view('float16') for the bits of float16, save those of bfloat16 as BF16 in a .safetensors file, and array.astype('float32') if they are integers.";

/** Refuses types that cannot be learned numbers: masks, and 16-bit integers, which may be the bits of half-precision numbers. */
export function requireLearned(what: string, { elements }: StoredTensor): void {
  if (!isBits(elements) && elements !== 'bool') return;
  throw new ParameterError({
    what,
    got: isBits(elements) ? `${elements}, which may be the bits of half-precision numbers` : shown(elements),
    wanted: 'learned numbers, in float32 for example',
    hint: hintFor(elements),
  });
}

/** Refuses a mask where counts are wanted: lengths or positions. */
export function requireCounts(what: string, { elements }: StoredTensor): void {
  if (elements !== 'bool') return;
  throw new ParameterError({ what, got: shown(elements), wanted: 'integers', hint: MASK_HINT });
}

/**
 * The elements as float64, whatever their type: for tables, positions, lengths and masks (0 and 1).
 *
 * @param what - the array's name, for errors.
 * @throws ParameterError for integers beyond 2^53.
 * @example
 * toNumbers('lengths', { elements: 'uint8', shape: [2], bytes: Uint8Array.of(3, 4) }); // Float64Array [3, 4]
 */
export function toNumbers(what: string, stored: StoredTensor): Float64Array {
  requireNamed('toNumbers', what, stored);
  const elements = elementsOf(what, stored);
  const numbers = new Float64Array(allocate(what, elements.length * Float64Array.BYTES_PER_ELEMENT).buffer);
  const widen = DECODED[stored.elements] ?? Number;
  for (let index = 0; index < numbers.length; index++) {
    const element = elements[index];
    numbers[index] = widen(element as number);
    if (typeof element === 'bigint' && !Number.isSafeInteger(numbers[index])) {
      throw new ParameterError({ what: `${what}[${index}]`, got: `${element}`, wanted: 'an integer within 2^53' });
    }
  }
  return numbers;
}

/** The types whose stored numbers are codes. */
const DECODED: { readonly [E in ElementName]?: (bits: number) => number } = {
  float16: float16ToNumber,
  bfloat16: bfloat16ToNumber,
  bool: (byte) => (byte === 0 ? 0 : 1),
};
