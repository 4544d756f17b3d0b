// What the tile templates share: the numbering of rows and vectors, and statements as lines of text.

/** Vectors of a panel: keys and columns come in multiples of eight. */
export const PANEL_VECTORS = 2;

/** Vectors of a tile for one row: with fewer, each sum would wait for the one before it. */
export const ROW_VECTORS = 8;

/** 0 .. length - 1. @param {number} length @returns {number[]} */
export function upTo(length) {
  return Array.from({ length }, (_, index) => index);
}

/** @typedef {string | readonly Statements[]} Statements */

/** Statements a line each, as deep as the line of the template that they stand in. @param {number} depth @param {readonly Statements[]} statements */
export function lines(depth, statements) {
  return statements.flat(Infinity).join(`\n${'  '.repeat(depth)}`);
}

/** The statements of a block, one step deeper. @param {readonly Statements[]} statements @returns {string[]} */
export function indented(statements) {
  return statements.flat(Infinity).map((line) => `  ${line}`);
}
