// The builds of the kernel, and all that they differ in.

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {number} rows queries of a register tile and of a packed group: even, and a divisor of ROWS_PER_BLOCK
 * @property {number} vectors vectors of four keys (score tile) or of four columns (value tile) beside them: even
 * @property {boolean} madd a relaxed multiply-add, rounded once where the processor has one, instead of a product and a sum
 * @property {boolean} revectorized laid out for V8's revectorizer, which makes one 256-bit operation of two on neighbours
 */

/**
 * V8 hands out 15 vector registers: rows * vectors sums (half of that when revectorized), the vectors of the other operand, the query or
 * weight that they are multiplied with and, without a multiply-add, its product. One vector too many halves the speed.
 *
 * @type {readonly Variant[]}
 */
export const VARIANTS = [
  { name: 'simd', rows: 4, vectors: 2, madd: false, revectorized: false },
  { name: 'madd', rows: 6, vectors: 2, madd: true, revectorized: false },
  { name: 'wide', rows: 6, vectors: 4, madd: true, revectorized: true },
];
