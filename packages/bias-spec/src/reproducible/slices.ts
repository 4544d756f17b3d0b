// Numbers as sums of slices of few bits, whose products are exact in float32: the bits are the same whether or not a device fuses them into the sum.
// Rules 4 and 8 of docs/numerics.md.

/**
 * A list of numbers as the sum of one to three lists: one slice for halves (8 or 11 bits), two of 12 bits for float32 queries and keys, three of 8
 * bits for float32 values.
 */
export type Slices = readonly Float32Array[];

/** float32 = high + low, 12 significant bits each. The difference is exact, as `high` is the number with its low bits cleared. */
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

/** The numbers with all other bits cleared. */
function masked(numbers: Float32Array, bits: number): Float32Array {
  const cut = numbers.slice();
  const words = new Uint32Array(cut.buffer);
  for (let index = 0; index < words.length; index++) words[index] &= bits;
  return cut;
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((number, index) => number - b[index]);
}
