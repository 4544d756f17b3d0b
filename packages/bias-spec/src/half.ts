// float16 and bfloat16 as 16-bit patterns: exact widening, round-to-nearest-even narrowing. No tensors here.

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The float32 value of a bfloat16 bit pattern (exact). */
export function bfloat16ToNumber(bits: number): number {
  word[0] = bits << 16;
  return float[0];
}

/** The bfloat16 bit pattern nearest to the float32 that `value` is or rounds to, ties to even; NaN stays NaN. */
export function numberToBfloat16(value: number): number {
  float[0] = value;
  const bits = word[0];
  if (value !== value) return (bits >>> 16) | 0x40;
  // Adding 0x7fff plus the lowest kept bit rounds half to even; the carry runs into the exponent as it should.
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The fields of a float16, moved to those of a float32, give 2^-112 of its value, as the exponent biases differ by 112. Subnormals included. */
const FLOAT16_UNIT = 2 ** 112;

/** The value of a float16 bit pattern (exact). */
export function float16ToNumber(bits: number): number {
  word[0] = ((bits & 0x8000) << 16) | ((bits & 0x7fff) << 13);
  if ((bits & 0x7c00) === 0x7c00) return bits & 1023 ? NaN : float[0] * Infinity;
  return float[0] * FLOAT16_UNIT;
}

/** The float16 bit pattern nearest to `value`, ties to even; overflow gives infinity, NaN stays NaN. */
export function numberToFloat16(value: number): number {
  if (value !== value) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  // One unit in the last place of the result: 2^-24 below the normal range, 2^(e-10) above it.
  // An engine's log2 may be off by one next to a power of two, where both exponents give the same pattern.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const units = size / 2 ** (exponent - 10);
  const floor = Math.floor(units);
  const rest = units - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // `rounded` is 0..2048, implicit bit included: adding it to the exponent field carries correctly.
  return sign | (((exponent + 14) << 10) + rounded);
}
