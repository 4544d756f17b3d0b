// The layout of the scratch memory of one thread. The parts that only the reproducible profile needs come last, so the addresses of the fast profile
// do not depend on them.
import { ROW_GROUP } from './generated/variant';
import { softmaxScratch } from './softmax-tile';
import { KEY_BLOCK, ROWS_PER_BLOCK } from './row-block';
import { WEIGHT_ROW, foldScratch } from './weight-tile';

/** The bytes of a row of the score tile, which is at address 0. */
export const ROW: i32 = KEY_BLOCK * 4;
/** The rows of a group, rounded up to a multiple of four for the softmax. */
export const CELLS: i32 = (ROW_GROUP + 3) & ~3;
/** The number of groups in a row block. */
export const GROUPS: i32 = ROWS_PER_BLOCK / ROW_GROUP;

/** The bias tile. */
export const BIAS: usize = ROW_GROUP * ROW;
/** Zeros [KEY_BLOCK]. */
export const ZEROS: usize = BIAS + ROW_GROUP * ROW;
/** The partial results of the softmax for one tile, and its rescaling factors [CELLS]. */
export const PARTIALS: usize = ZEROS + KEY_BLOCK * 4;
export const RESCALE: usize = PARTIALS + softmaxScratch(CELLS);
/** Row maxima (integers in the reproducible profile) and sums of weights [GROUPS, CELLS]. */
export const MAXIMA: usize = RESCALE + CELLS * 4;
export const SUMS: usize = MAXIMA + GROUPS * CELLS * 4;
/** Query norms [GROUPS] in float64. */
export const NORMS: usize = SUMS + GROUPS * CELLS * 4;
/** Output [ROWS_PER_BLOCK, columns], then packed queries [ROWS_PER_BLOCK, headDim]. */
export const OUTPUT: usize = (NORMS + GROUPS * 8 + 63) & ~63;

/** valueDim, rounded up to a multiple of 8 for the value tile. */
export function paddedColumns(valueDim: i32): i32 {
  return (valueDim + 7) & ~7;
}

/** The address of the packed queries. */
export function queriesAt(columns: i32): usize {
  return OUTPUT + <usize>(ROWS_PER_BLOCK * 4) * <usize>columns;
}

/** The results of the weight tile for one tile. */
export function foldAt(headDim: i32, columns: i32): usize {
  return queriesAt(columns) + <usize>(ROWS_PER_BLOCK * 4) * <usize>headDim;
}

/** Its weights. */
export function weightsAt(headDim: i32, columns: i32): usize {
  return foldAt(headDim, columns) + foldScratch(CELLS);
}

/** The sum of one row over one tile. */
export function rowSumAt(headDim: i32, columns: i32): usize {
  return weightsAt(headDim, columns) + <usize>(ROW_GROUP * WEIGHT_ROW);
}

/** Queries [ROWS_PER_BLOCK, 3 headDim], keys [KEY_BLOCK, 3 headDim] and values [3 KEY_BLOCK, columns] in pieces. */
export function queryPiecesAt(headDim: i32, columns: i32): usize {
  return rowSumAt(headDim, columns) + <usize>(columns * 4);
}

export function keyPiecesAt(headDim: i32, columns: i32): usize {
  return queryPiecesAt(headDim, columns) + <usize>(ROWS_PER_BLOCK * 12) * <usize>headDim;
}

export function valuePiecesAt(headDim: i32, columns: i32): usize {
  return keyPiecesAt(headDim, columns) + <usize>(KEY_BLOCK * 12) * <usize>headDim;
}

/** The bytes of scratch memory that attend needs, whatever the number of rows and keys. f64, so no size overflows. */
export function scratchBytes(headDim: i32, valueDim: i32, reproducible: bool): f64 {
  const columns = paddedColumns(valueDim);
  const fast = <f64>OUTPUT + <f64>(ROWS_PER_BLOCK * 4) * (<f64>headDim + <f64>columns);
  if (!reproducible) return fast;
  const tile = <f64>foldScratch(CELLS) + <f64>(ROW_GROUP * WEIGHT_ROW);
  return (
    fast +
    tile +
    <f64>(ROWS_PER_BLOCK * 12) * <f64>headDim +
    <f64>(KEY_BLOCK * 12) * (<f64>headDim + <f64>columns) +
    <f64>columns * 4
  );
}

/** The offset of the maxima, or sums, of the group that begins at `row` of the row block. */
export function cellsOf(row: i32): usize {
  return <usize>((row / ROW_GROUP) * CELLS * 4);
}
