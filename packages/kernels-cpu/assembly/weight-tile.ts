// The softmax of the reproducible profile on one score tile: logits in fixed point, weights in integer arithmetic, and the rescaling factors of the
// tile's sums and of the previous ones. Rules 5 to 9 of docs/numerics.md. The fast profile's is softmax-tile.ts.
import { putLogits, putWeights } from './fixed-point';
import { ROW_MAX_FLOOR, leastAt, power, rescaleRow, rescaled } from './rescaling';
import { KEY_BLOCK } from './row-block';

const ROW = KEY_BLOCK * 4;
/** The bytes of a row of weights, each of which may be stored three times, once per piece of a value. */
export const WEIGHT_ROW: i32 = 3 * KEY_BLOCK * 4;

// The results for one tile, [cells] each: row maxima of the tile, rescaling factors of the previous sums and of the tile's, and the magnitude below
// which the latter become +0. Then one vector per row.
const TILE_MAX: usize = 0;

function before(cells: i32): usize {
  return <usize>(cells * 4);
}

/** Factors of the tile's sums. */
export function after(cells: i32): usize {
  return <usize>(cells * 8);
}

/** The magnitude below which they become +0: FLUSH_BELOW, or 0 if they are not rescaled. */
export function floors(cells: i32): usize {
  return <usize>(cells * 12);
}

/** The bytes of these results for this many cells. */
export function foldScratch(cells: i32): usize {
  return <usize>(cells * 32);
}

/**
 * Replaces scores [rows, keys] by logits and writes weights [rows, WEIGHT_ROW], each `copies` times. Updates rowMax and rowSum, rescales
 * output [rows, columns] to the new maxima, and stores at fold + after and fold + floors how the tile's own sums are rescaled before they are
 * added. rowMax, rowSum and fold have space for `cells` rows, a multiple of four; their contents after the last row are undefined. keys is a
 * multiple of 8.
 */
export function weightTile(
  scores: usize,
  rows: i32,
  keys: i32,
  cells: i32,
  logitScale: f32,
  weightBits: i32,
  copies: i32,
  rowMax: usize,
  rowSum: usize,
  fold: usize,
  weights: usize,
  columns: i32,
  output: usize,
): void {
  const bytes = <usize>keys * 4;
  const partials = fold + <usize>(cells * 16);
  for (let r: usize = 0; r < <usize>rows; ++r) putLogits(scores + r * <usize>ROW, bytes, logitScale, partials + 16 * r);
  for (let cell: usize = 0; cell < <usize>(rows * 4); cell += 16) {
    const was = v128.load(rowMax + cell);
    const tile = i32x4.max_s(i32x4.shr_s(largestOfRows(partials + 4 * cell), 16), i32x4.splat(ROW_MAX_FLOOR));
    const now = i32x4.max_s(was, tile);
    v128.store(rowMax + cell, now);
    v128.store(fold + TILE_MAX + cell, tile);
    const down = i32x4.sub(now, was);
    const up = i32x4.sub(now, tile);
    // A row at the floor needs no rescaling: without weights its sums are 0.
    const fresh = v128.and(i32x4.eq(was, i32x4.splat(ROW_MAX_FLOOR)), f32x4.eq(v128.load(rowSum + cell), f32x4.splat(0)));
    v128.store(fold + before(cells) + cell, v128.bitselect(f32x4.splat(1), power(down), fresh));
    v128.store(fold + after(cells) + cell, power(up));
    v128.store(fold + floors(cells) + cell, leastAt(up));
    v128.store(rowSum + cell, rescaled(v128.load(rowSum + cell), power(down), leastAt(down)));
  }
  for (let r: usize = 0; r < <usize>rows; ++r) {
    const target = weights + r * <usize>WEIGHT_ROW;
    putWeights(scores + r * <usize>ROW, bytes, load<i32>(fold + TILE_MAX + 4 * r), weightBits, partials + 16 * r, target);
    if (copies == 3) copyThrice(target, bytes);
    const factor = load<f32>(fold + before(cells) + 4 * r);
    if (factor != 1) rescaleRow(output + r * <usize>(columns * 4), columns, factor);
  }
  for (let cell: usize = 0; cell < <usize>(rows * 4); cell += 16) {
    const own = rescaled(
      sumsOfRows(partials + 4 * cell),
      v128.load(fold + after(cells) + cell),
      v128.load(fold + floors(cells) + cell),
    );
    v128.store(rowSum + cell, f32x4.add(v128.load(rowSum + cell), own));
  }
}

/** w0 w1 w2 .. -> w0 w0 w0 w1 w1 w1 .., from the end: nothing is overwritten before it is read. */
function copyThrice(row: usize, bytes: usize): void {
  let to = row + 3 * bytes;
  for (let from = row + bytes; from > row;) {
    from -= 16;
    to -= 48;
    const four = v128.load(from);
    v128.store(to, v128.shuffle<f32>(four, four, 0, 0, 0, 1));
    v128.store(to, v128.shuffle<f32>(four, four, 1, 1, 2, 2), 16);
    v128.store(to, v128.shuffle<f32>(four, four, 2, 3, 3, 3), 32);
  }
}

/** Lane r: the maximum of the four numbers of row r. */
function largestOfRows(partials: usize): v128 {
  const a = v128.load(partials),
    b = v128.load(partials, 16),
    c = v128.load(partials, 32),
    d = v128.load(partials, 48);
  const ab = i32x4.max_s(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
  const cd = i32x4.max_s(v128.shuffle<i32>(c, d, 0, 2, 4, 6), v128.shuffle<i32>(c, d, 1, 3, 5, 7));
  return i32x4.max_s(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

/** Lane r: (s0 + s1) + (s2 + s3) of row r. */
function sumsOfRows(partials: usize): v128 {
  const a = v128.load(partials),
    b = v128.load(partials, 16),
    c = v128.load(partials, 32),
    d = v128.load(partials, 48);
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(a, b, 1, 3, 5, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 2, 4, 6), v128.shuffle<f32>(c, d, 1, 3, 5, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}
