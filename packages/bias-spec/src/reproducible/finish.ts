// The results of folded rows: the one division of a row, its output and its log-sum-exp. Rules 10 and 11 of docs/numerics.md.
import { numberToBfloat16, numberToFloat16 } from '../half.ts';
import type { OwnFloat32Array } from '../own-arrays.ts';
import type { Tensor } from '../tensor.ts';
import { FLUSH_BELOW } from './constants.ts';
import type { PartialRows } from './partial.ts';

/** 1 / rowSum, correctly rounded to float32 (a float64 division, rounded again, is); 0 for a row that sees no key. */
export function reciprocal(rowSum: number): number {
  return rowSum > 0 ? Math.fround(1 / rowSum) : 0;
}

/** One number of the output. Sums below 2^-100 count as +0, so no product is subnormal. */
export function outputNumber(sum: number, rowReciprocal: number): number {
  return Math.abs(sum) < FLUSH_BELOW ? 0 : Math.fround(sum * rowReciprocal);
}

/** The output [rows, valueDim] of rows that have all their keys folded in; rows that see no key are +0. */
export function finishOutput({ sums, rowSum }: PartialRows): OwnFloat32Array {
  const valueDim = sums.length / rowSum.length;
  return sums.map((sum, index) => outputNumber(sum, reciprocal(rowSum[Math.floor(index / valueDim)])));
}

/** The natural log of the sum of exp of each row's logits, as float32; -Infinity for a row that sees no key. */
export function finishLogSumExp({ rowSum, rowMax }: PartialRows): OwnFloat32Array {
  return rowSum.map((sum, row) => logSumExp(sum, rowMax[row]));
}

const scratch = new DataView(new ArrayBuffer(4));

/**
 * ln(rowSum * 2^rowMax) in float64 additions, multiplications and divisions, as engines' logarithms differ: with rowSum = 2^e u and u between
 * sqrt(1/2) and sqrt(2), ln u = 2 artanh s for s = (u - 1) / (u + 1), by its series up to s^21.
 */
export function logSumExp(rowSum: number, rowMax: number): number {
  if (rowSum === 0) return -Infinity;
  // rowSum is a normal float32.
  scratch.setFloat32(0, rowSum);
  const word = scratch.getUint32(0);
  let exponent = (word >>> 23) - 127;
  scratch.setUint32(0, (word & 0x7fffff) | 0x3f800000);
  let u = scratch.getFloat32(0);
  if (u > Math.SQRT2) {
    u /= 2;
    exponent++;
  }
  const s = (u - 1) / (u + 1);
  const z = s * s;
  let series = 0;
  for (let i = 10; i >= 0; i--) series = series * z + 1 / (2 * i + 1);
  return Math.fround((rowMax + exponent) * Math.LN2 + 2 * s * series);
}

/**
 * Rounds a float32 result to a half precision, to nearest even: the same bits everywhere. Rounding would be the last step of the profile, so
 * callers can do it themselves.
 *
 * @returns the bits in a Uint16Array, same shape.
 */
export function roundTo(dtype: 'bfloat16' | 'float16', { data, shape }: Tensor & { readonly data: Float32Array }): Tensor {
  return { data: Uint16Array.from(data, dtype === 'bfloat16' ? numberToBfloat16 : numberToFloat16), shape, dtype };
}
