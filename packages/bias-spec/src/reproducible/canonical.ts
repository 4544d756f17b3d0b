// Canonical inputs: magnitudes are clamped to a range in which no product overflows or is subnormal, by integer operations on the bits. Devices
// that flush subnormals or lack infinities then read the same numbers. Rule 1 of docs/numerics.md.
import { ParameterError } from '../errors.ts';
import { float16ToNumber } from '../half.ts';
import { paddingHint } from '../mask.ts';
import type { Dtype, RawTensor } from '../tensor.ts';

/** The role of a number: queries and keys, which are multiplied into scores, have a smaller range than values. */
export type InputRole = 'score' | 'value';

const LIMITS: Readonly<Record<InputRole, number>> = { score: 0x537fffff, value: 0x6f7fffff };

/**
 * The canonical form of the bits of a float32. Magnitudes below 2^-40 become +0; queries and keys are clamped below 2^40, values below 2^96,
 * infinities included. Not for NaN.
 *
 * Canonical numbers are multiples of 2^-63, as a float32 from 2^-40 on is, so products are multiples of 2^-126, never subnormal.
 *
 * @returns the bits as a signed 32-bit integer.
 */
export function canonicalFloat32(word: number, role: InputRole): number {
  const size = word & 0x7fffffff;
  if (size >> 23 < 87) return 0;
  return size > LIMITS[role] ? (word & 0x80000000) | LIMITS[role] : word | 0;
}

/** The same for bfloat16: +0 below 2^-56, above which its 8 bits are multiples of 2^-63. The limits are those of float32. */
export function canonicalBfloat16(word: number, role: InputRole): number {
  const size = word & 0x7fff;
  if (size >> 7 < 71) return 0;
  const limit = LIMITS[role] >> 16;
  return size > limit ? (word & 0x8000) | limit : word;
}

/** The same for float16, whose finite numbers are all in range: infinities become +-65504. */
export function canonicalFloat16(word: number): number {
  return (word & 0x7fff) === 0x7c00 ? (word & 0x8000) | 0x7bff : word;
}

/** The magnitudes that stay unchanged, as bits of float32 without sign: smaller ones become +0, larger ones `limit`. */
export interface CanonicalRange {
  readonly least: number;
  readonly limit: number;
}

/**
 * The three rules above as one range, for numbers of any dtype widened to float32.
 *
 * @example
 * canonicalRange('float16', 'value'); // from 0 to 65504
 */
export function canonicalRange(dtype: Dtype, role: InputRole): CanonicalRange {
  switch (dtype) {
    case 'float32':
      return { least: 87 << 23, limit: LIMITS[role] };
    case 'bfloat16':
      return { least: 71 << 23, limit: LIMITS[role] & ~0xffff };
    case 'float16':
      return { least: 0, limit: 0x477fe000 };
    default:
      return dtype satisfies never;
  }
}

/** The smallest bits of NaN, which is refused: devices would not agree on its results. */
const FIRST_NAN: Readonly<Record<Dtype, number>> = { float32: 0x7f800001, float16: 0x7c01, bfloat16: 0x7f81 };

/**
 * A tensor's numbers in canonical form, exactly widened to float32. Rows of padding become +0.
 *
 * @param shape - [batch, heads, rows, dim].
 * @param rows - the number of rows of a head that are read; the rest is padding.
 * @throws ParameterError naming the element that is NaN.
 */
export function canonicalNumbers(
  what: string,
  tensor: RawTensor,
  [batch, heads, rowsPerHead, dim]: readonly [number, number, number, number],
  role: InputRole,
  rows: (head: number) => number,
): Float32Array {
  const { dtype } = tensor;
  const words = wordsOf(tensor);
  const numbers = new Float32Array(words.length);
  const numberWords = new Uint32Array(numbers.buffer);
  for (let head = 0; head < batch * heads; head++) {
    const start = head * rowsPerHead * dim;
    const end = start + rows(head) * dim;
    requireNoNaN(what, tensor, start, end);
    for (let index = start; index < end; index++) {
      const word = words[index];
      if (dtype === 'float32') numberWords[index] = canonicalFloat32(word, role);
      else if (dtype === 'bfloat16') numberWords[index] = canonicalBfloat16(word, role) << 16;
      else numbers[index] = float16ToNumber(canonicalFloat16(word));
    }
  }
  return numbers;
}

/** @throws ParameterError naming the first NaN from `start` to `end`. */
export function requireNoNaN(what: string, tensor: RawTensor, start: number, end: number): void {
  const words = wordsOf(tensor);
  const sizeMask = tensor.dtype === 'float32' ? 0x7fffffff : 0x7fff;
  const firstNaN = FIRST_NAN[tensor.dtype];
  for (let index = start; index < end; index++) {
    if ((words[index] & sizeMask) >= firstNaN) throw notANumber(what, index);
  }
}

function wordsOf({ data, dtype }: RawTensor): Uint32Array | Uint16Array {
  return dtype === 'float32' ? new Uint32Array(data.buffer, data.byteOffset, data.length) : data;
}

function notANumber(what: string, index: number): ParameterError {
  return new ParameterError({
    what: `${what}.data[${index}]`,
    got: 'NaN',
    wanted: 'a number',
    hint: paddingHint(what),
  });
}
