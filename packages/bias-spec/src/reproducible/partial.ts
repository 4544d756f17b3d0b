// Partial rows: the state of attention over some of the keys, before the division. Folded in the order of the keys, and only in that order, they
// give the same bits as one computation over all keys. Rules 9 and 12 of docs/numerics.md.
import { ShapeError } from '../errors.ts';
import { show } from '../show.ts';
import { FLUSH_BELOW, ROW_MAX_FLOOR } from './constants.ts';
import { power } from './exponential.ts';

/**
 * For each row (sums, rowSum, rowMax): the weighted sum of the values and the sum of the weights, both relative to 2^rowMax. Plain data, which can
 * be stored or sent to another thread or machine.
 */
export interface PartialRows {
  /** [rows, valueDim] */
  readonly sums: Float32Array;
  /** [rows] */
  readonly rowSum: Float32Array;
  /** [rows] */
  readonly rowMax: Int32Array;
}

/** Rows without any key: the start of a fold. */
export function noKeys(rows: number, valueDim: number): PartialRows {
  return {
    sums: new Float32Array(rows * valueDim),
    rowSum: new Float32Array(rows),
    rowMax: new Int32Array(rows).fill(ROW_MAX_FLOOR),
  };
}

/**
 * Folds the next tile into the tiles before it, in place. Both are rescaled to the larger of their row maxima by powers of two, which is exact
 * for what is not dropped; only the sum rounds. The fold is not associative: fold tiles one by one, in the order of their keys. A tile without
 * a visible key does not change a row.
 */
export function foldTile(into: PartialRows, tile: PartialRows): void {
  const rows = into.rowSum.length;
  if (tile.rowSum.length !== rows || tile.sums.length !== into.sums.length) {
    throw new ShapeError({
      what: 'foldTile',
      got: `${tile.rowSum.length} rows, ${show(tile.sums)} of sums`,
      wanted: `${rows} rows, ${show(into.sums)}`,
    });
  }
  const valueDim = into.sums.length / rows;
  for (let row = 0; row < rows; row++) {
    const most = Math.max(into.rowMax[row], tile.rowMax[row]);
    const before = most - into.rowMax[row];
    const after = most - tile.rowMax[row];
    into.rowMax[row] = most;
    into.rowSum[row] = rescaled(into.rowSum[row], before) + rescaled(tile.rowSum[row], after);
    for (let c = row * valueDim; c < (row + 1) * valueDim; c++) {
      into.sums[c] = rescaled(into.sums[c], before) + rescaled(tile.sums[c], after);
    }
  }
}

/** number * 2^-distance; +0 if that is smaller than 2^-100 or distance exceeds 48. Unchanged for distance 0. */
export function rescaled(number: number, distance: number): number {
  if (distance === 0) return number;
  const product = number * power(distance);
  return Math.abs(product) < FLUSH_BELOW ? 0 : product;
}
