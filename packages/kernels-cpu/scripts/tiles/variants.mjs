// The variants of the kernel and how they differ.

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {number} rows queries of a register tile and of a packed group: even, and a divisor of ROWS_PER_BLOCK
 * @property {number} vectors vectors of four keys (score tile) or of four columns (value tile) for each row: even
 * @property {boolean} madd a relaxed multiply-add, rounded once if the processor has one, instead of a multiplication and an addition
 * @property {boolean} revectorized written for V8's revectorizer, which merges operations on two neighbouring vectors into one of 256 bits
 */

/**
 * V8 has 15 vector registers to allocate: for rows * vectors sums (half of that when revectorized), the vectors of the other operand, the query or
 * weight to multiply them with and, without a multiply-add, the product. One vector too many halves the speed.
 *
 * @type {readonly Variant[]}
 */
export const VARIANTS = [
  { name: 'simd', rows: 4, vectors: 2, madd: false, revectorized: false },
  { name: 'madd', rows: 6, vectors: 2, madd: true, revectorized: false },
  { name: 'wide', rows: 6, vectors: 4, madd: true, revectorized: true },
];
