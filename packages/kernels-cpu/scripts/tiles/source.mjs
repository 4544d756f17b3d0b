// Shared by the tile templates: numbering of rows and vectors, and formatting of statements.

/** Vectors per panel: keys and columns are multiples of eight. */
export const PANEL_VECTORS = 2;

/** Vectors of a tile for one row. With fewer, each sum would wait for the previous one. */
export const ROW_VECTORS = 8;

/** 0 .. length - 1. @param {number} length @returns {number[]} */
export function upTo(length) {
  return Array.from({ length }, (_, index) => index);
}

/** @typedef {string | readonly Statements[]} Statements */

/** One statement per line, indented like the surrounding template line. @param {number} depth @param {readonly Statements[]} statements */
export function lines(depth, statements) {
  return statements.flat(Infinity).join(`\n${'  '.repeat(depth)}`);
}

/** The statements of a block, indented by one step. @param {readonly Statements[]} statements @returns {string[]} */
export function indented(statements) {
  return statements.flat(Infinity).map((line) => `  ${line}`);
}
