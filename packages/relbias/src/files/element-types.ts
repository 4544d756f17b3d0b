// The element types of tensor files: their size, their typed array, and what they are called in .npy and .safetensors headers.
import type { Dtype, Tensor } from '@relbias/bias-spec';
import { ParameterError, bfloat16ToNumber, float16ToNumber } from '@relbias/bias-spec';
import { allocate } from './byte-source.ts';

/** How an element type is stored. float16 and bfloat16 are kept as their bits. */
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

/** An element type that tensor files may hold: those of tensors, and float64 and integers for tables, positions and lengths. */
export type ElementName = Dtype | 'float64' | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64';

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
};

/** A tensor as a file holds it: row-major, little-endian. */
export interface StoredTensor {
  readonly elements: ElementName;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The element type with this name in one of the two kinds of header. */
export function elementNamed(header: 'npy' | 'safetensors', name: string): ElementName | undefined {
  return (Object.keys(ELEMENT_TYPES) as ElementName[]).find((element) => ELEMENT_TYPES[element][header] === name);
}

/** How many elements a shape has. Beyond 2^53 the product is not exact, but still larger than any file. */
export function sizeOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, extent) => product * extent, 1);
}

/** The elements as a typed array: a view where the bytes are aligned for it, else a copy. */
function elementsOf(what: string, { elements, bytes }: StoredTensor): ElementArray {
  const type = ELEMENT_TYPES[elements];
  const aligned = bytes.byteOffset % type.bytes === 0 ? bytes : allocate(what, bytes.length);
  if (aligned !== bytes) aligned.set(bytes);
  return new type.view(aligned.buffer, aligned.byteOffset, aligned.length / type.bytes);
}

/** The tensor that a backend takes. @throws ParameterError for element types that attention does not compute in. */
export function toTensor(what: string, stored: StoredTensor): Tensor {
  const { elements, shape } = stored;
  if (elements === 'float32') return { data: elementsOf(what, stored) as Float32Array, shape, dtype: elements };
  if (elements === 'float16' || elements === 'bfloat16')
    return { data: elementsOf(what, stored) as Uint16Array, shape, dtype: elements };
  throw new ParameterError({
    what,
    got: elements,
    wanted: 'float32, float16 or bfloat16',
    hint: isBits(elements) ? BITS_HINT : "In NumPy: array.astype('float32').",
  });
}

/** Integers of 16 bits, which is how half-precision numbers are kept where their own type is missing: .npy has no bfloat16. */
function isBits(elements: ElementName): boolean {
  return elements === 'uint16' || elements === 'int16';
}

const BITS_HINT =
  "In NumPy: array.view('float16') for the bits of float16, save those of bfloat16 as BF16 in a .safetensors file, and array.astype('float32') if they are integers.";

/**
 * Refuses what may be the bits of half-precision numbers where learned numbers are wanted: as integers they would be taken for
 * numbers of thousands.
 */
export function requireNoBits(what: string, { elements }: StoredTensor): void {
  if (!isBits(elements)) return;
  throw new ParameterError({
    what,
    got: `${elements}, which may be the bits of half-precision numbers`,
    wanted: 'numbers whose type says what they are',
    hint: BITS_HINT,
  });
}

/** The elements as float64, whatever their type: for tables, positions and lengths. Integers beyond 2^53 are refused. */
export function toNumbers(what: string, stored: StoredTensor): Float64Array {
  const elements = elementsOf(what, stored);
  const numbers = new Float64Array(allocate(what, elements.length * Float64Array.BYTES_PER_ELEMENT).buffer);
  const widen = HALVES[stored.elements] ?? Number;
  for (let index = 0; index < numbers.length; index++) {
    const element = elements[index];
    numbers[index] = widen(element as number);
    if (typeof element === 'bigint' && !Number.isSafeInteger(numbers[index])) {
      throw new ParameterError({ what: `${what}[${index}]`, got: `${element}`, wanted: 'an integer within 2^53' });
    }
  }
  return numbers;
}

/** The types that are kept as bits. */
const HALVES: { readonly [E in ElementName]?: (bits: number) => number } = {
  float16: float16ToNumber,
  bfloat16: bfloat16ToNumber,
};
