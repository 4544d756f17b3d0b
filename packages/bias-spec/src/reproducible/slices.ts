// Numbers as sums of slices of few bits, whose products are exact in float32: fused into the sum or not, they give the same bits.
// Rules 4 and 8 of docs/numerics.md.

/**
 * A list of numbers as the sum of one to three lists. The halves are one slice each (8 or 11 bits); float32 queries and keys are two of
 * 12 bits; float32 values are three of 8.
 */
export type Slices = readonly Float32Array[];

/** float32 = high + low, 12 significant bits each. The difference is exact, as `high` is `x` with its last bits gone. */
export function scoreSlices(numbers: Float32Array): Slices {
  const high = masked(numbers, 0xfffff000);
  return [high, difference(numbers, high)];
}

/** float32 = first + second + third, 8 significant bits each. */
export function valueSlices(numbers: Float32Array): Slices {
  const first = masked(numbers, 0xffff0000);
  const rest = difference(numbers, first);
  const second = masked(rest, 0xffff0000);
  return [first, second, difference(rest, second)];
}

/** The numbers with the other bits set to 0. */
function masked(numbers: Float32Array, bits: number): Float32Array {
  const cut = numbers.slice();
  const words = new Uint32Array(cut.buffer);
  for (let index = 0; index < words.length; index++) words[index] &= bits;
  return cut;
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((number, index) => number - b[index]);
}
