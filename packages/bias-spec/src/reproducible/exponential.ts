// exp2 of a fixed-point logit in integer arithmetic, the same on every machine. Rules 6 and 7 of docs/numerics.md.
import { CUTOFF } from './constants.ts';

/**
 * The significant bits of a weight: 16 for float32 and bfloat16 values, 13 for float16 values. The product of a weight and a
 * value (a slice of 8 bits, 8 bits, 11 bits) is then exact in the 24 bits of float32.
 */
export type WeightBits = 16 | 13;

/**
 * round(2^15 * 2^(fraction / 65536)), nearly: an integer from 32768 to 65535 with 16 bits, and to 65536 in multiples of 8 with 13.
 *
 * A cubic polynomial in fixed point. Every product fits in 32 bits (a test covers all 65,536 fractions), so 32-bit integers of any language give
 * the same result. `>>` is the arithmetic shift, which rounds down.
 *
 * @param fraction - the low 16 bits of the logit, 0..65535.
 * @example
 * mantissa(0, 16); // 32768, which stands for 1
 */
export function mantissa(fraction: number, bits: WeightBits): number {
  const wide = wideMantissa(fraction);
  return bits === 16 ? (wide + 128) >> 8 : ((wide + 1024) >> 11) << 3;
}

/** The mantissa with 24 bits, before it is rounded: 2^23 * 2^(fraction / 65536), nearly. */
function wideMantissa(fraction: number): number {
  return bend(fraction) + (fraction << 7) + 7669032;
}

/** The difference of 2^x from its chord, in units of 2^-23, by Horner's rule around the middle of the range. */
function bend(fraction: number): number {
  const g = fraction - 32768;
  let h = (Math.imul(28393, g) >> 19) + 20724;
  h = (Math.imul(h, g) >> 18) + 22267;
  h = (Math.imul(h, g) >> 15) - 2591;
  return Math.imul(h, g) >> 10;
}

/**
 * The bits of the float32 weight 2^(logit / 65536 - rowMax) above the cutoff, in one expression, for kernels that compute weights instead of
 * looking them up. The integer part of the logit carries into the exponent field.
 */
export function weightWord(logit: number, rowMax: number, bits: WeightBits): number {
  const [round, keep] = bits === 16 ? [128, 0xffffff00] : [1024, 0xfffff800];
  return (bend(logit & 0xffff) + (logit << 7) + 7669032 + round + ((126 - rowMax) << 23)) & keep;
}

const tables = new Map<WeightBits, Float32Array>();

/** mantissa(fraction) * 2^-15 for all 65,536 fractions: 256 KiB, cached for each number of bits. Read only. */
export function mantissaTable(bits: WeightBits): Float32Array {
  let table = tables.get(bits);
  if (table === undefined) {
    table = Float32Array.from({ length: 65536 }, (_, fraction) => mantissa(fraction, bits) / 32768);
    tables.set(bits, table);
  }
  return table;
}

/** By halving, as engines may round `**` differently. */
const POWERS = new Float32Array(CUTOFF + 1).fill(1);
for (let x = 1; x <= CUTOFF; x++) POWERS[x] = POWERS[x - 1] / 2;

/** 2^-x for x = 0..CUTOFF, 0 beyond: the only factors for rescaling. */
export function power(x: number): number {
  return x > CUTOFF ? 0 : POWERS[x];
}

/**
 * The weight of a key: mantissa * 2^(integer part - rowMax - 15), exact in float32; 0 from 48 powers of two below the row maximum on.
 *
 * @param logit - in units of 2^-16 powers of two.
 * @param table - `mantissaTable` of the values' bits.
 */
export function weight(logit: number, rowMax: number, table: Float32Array): number {
  return logit < (rowMax - CUTOFF) << 16 ? 0 : table[logit & 0xffff] * POWERS[rowMax - (logit >> 16)];
}
