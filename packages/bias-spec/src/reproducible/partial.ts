// Partial rows: what attention over some of the keys leaves behind, before it is divided. Folding them in the order of the keys, and in
// no other, gives the same bits as computing all at once. Rules 9 and 12 of docs/numerics.md.
import { ShapeError } from '../errors.ts';
import { show } from '../show.ts';
import { FLUSH_BELOW, ROW_MAX_FLOOR } from './constants.ts';
import { power } from './exponential.ts';

/**
 * For each row the triple (sums, rowSum, rowMax): the weighted sum of the values and the sum of the weights, both relative to 2^rowMax.
 * Plain data, to be stored, sent to another thread or machine, and gone on with.
 */
export interface PartialRows {
  /** [rows, valueDim] */
  readonly sums: Float32Array;
  /** [rows] */
  readonly rowSum: Float32Array;
  /** [rows] */
  readonly rowMax: Int32Array;
}

/** Rows that have seen no key yet: where a fold begins. */
export function noKeys(rows: number, valueDim: number): PartialRows {
  return {
    sums: new Float32Array(rows * valueDim),
    rowSum: new Float32Array(rows),
    rowMax: new Int32Array(rows).fill(ROW_MAX_FLOOR),
  };
}

/**
 * Folds the next tile into what came before it, in place. Both are brought to the larger of their row maxima by powers of two, which is
 * exact for all that is not dropped; the sum is the only rounding. The fold is not associative: fold tiles one by one, in the order of
 * their keys. A tile that a row sees nothing of changes nothing of that row.
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

/** number * 2^-distance, +0 where that is smaller than 2^-100 or 48 powers of two are passed; with distance 0 the number as it is. */
export function rescaled(number: number, distance: number): number {
  if (distance === 0) return number;
  const product = number * power(distance);
  return Math.abs(product) < FLUSH_BELOW ? 0 : product;
}
