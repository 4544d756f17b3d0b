// One step of the online softmax (Milakov & Gimelshein 2018; Dao et al. 2022) on a score tile.
import { expConstant, expNonPositive, expWith } from './exp';
import { REVECTORIZED } from './generated/variant';
import { KEY_BLOCK } from './row-block';

/** The maximum of a row before its first visible key. Finite, so -Infinity minus it is -Infinity, not NaN. */
export const NO_MAXIMUM: f32 = -f32.MAX_VALUE;

const ROW = KEY_BLOCK * 4;
/** The bytes of two vectors per row of a tile: eight partial maxima or sums. */
const PARTIALS: usize = 32;

/** The bytes of `partials` for this many cells. */
export function softmaxScratch(cells: i32): usize {
  return <usize>cells * PARTIALS;
}

/**
 * Replaces scores [rows, keys] by weights exp(score - maximum), updates maxima and sums [rows], and writes to rescale [rows] the factors for all
 * previous sums. These three, and partials, have space for a multiple of four rows; their contents after the last row are undefined. keys is a
 * multiple of 8.
 */
export function softmaxTile(
  scores: usize,
  rows: i32,
  keys: i32,
  maxima: usize,
  sums: usize,
  rescale: usize,
  partials: usize,
): void {
  const bytes = <usize>keys * 4;
  const rowsEnd = scores + <usize>rows * ROW;
  let partial = partials;
  for (let row = scores; row < rowsEnd; row += ROW) {
    top(row, bytes, partial);
    partial += PARTIALS;
  }
  const partialsEnd = partial;
  let cell: usize = 0;
  for (partial = partials; partial < partialsEnd; partial += 4 * PARTIALS) {
    const before = v128.load(maxima + cell);
    const now = f32x4.pmax(before, largestOfRows(partial));
    v128.store(maxima + cell, now);
    v128.store(rescale + cell, expNonPositive(f32x4.sub(before, now)));
    cell += 16;
  }
  partial = partials;
  let maximum = maxima;
  for (let row = scores; row < rowsEnd; row += ROW) {
    if (REVECTORIZED) weighPairs(row, bytes, maximum, partial);
    else weigh(row, bytes, maximum, partial);
    partial += PARTIALS;
    maximum += 4;
  }
  cell = 0;
  for (partial = partials; partial < partialsEnd; partial += 4 * PARTIALS) {
    const before = f32x4.mul(v128.load(sums + cell), v128.load(rescale + cell));
    v128.store(sums + cell, f32x4.add(before, sumsOfRows(partial)));
    cell += 16;
  }
}

/** Stores eight maxima, whose maximum is that of the row. */
function top(row: usize, bytes: usize, partials: usize): void {
  const end = row + bytes;
  let a = v128.load(row);
  let b = v128.load(row, 16);
  for (row += 32; row < end; row += 32) {
    a = f32x4.pmax(a, v128.load(row));
    b = f32x4.pmax(b, v128.load(row, 16));
  }
  v128.store(partials, a);
  v128.store(partials, b, 16);
}

/** Replaces the scores of a row by weights and stores eight sums of them. */
function weigh(row: usize, bytes: usize, maximum: usize, partials: usize): void {
  const log2e = expConstant(0),
    rounder = expConstant(1),
    lowest = expConstant(2);
  const p0 = expConstant(3),
    p1 = expConstant(4),
    p2 = expConstant(5),
    p3 = expConstant(6),
    p4 = expConstant(7),
    p5 = expConstant(8);
  const m = v128.load32_splat(maximum);
  const end = row + bytes;
  let total = f32x4.splat(0);
  do {
    const weight = expWith(f32x4.sub(v128.load(row), m), log2e, rounder, lowest, p0, p1, p2, p3, p4, p5);
    v128.store(row, weight);
    total = f32x4.add(total, weight);
    row += 16;
  } while (row < end);
  v128.store(partials, total);
  v128.store(partials, f32x4.splat(0), 16);
}

/** The same, two vectors at a time, for the revectorizer; without it there are too few registers for that. */
function weighPairs(row: usize, bytes: usize, maximum: usize, partials: usize): void {
  const log2e = expConstant(0),
    rounder = expConstant(1),
    lowest = expConstant(2);
  const p0 = expConstant(3),
    p1 = expConstant(4),
    p2 = expConstant(5),
    p3 = expConstant(6),
    p4 = expConstant(7),
    p5 = expConstant(8);
  const m = v128.load32_splat(maximum);
  const end = row + bytes;
  let total = f32x4.splat(0),
    total1 = f32x4.splat(0);
  do {
    const x = v128.load(row),
      x1 = v128.load(row, 16);
    const weight = expWith(f32x4.sub(x, m), log2e, rounder, lowest, p0, p1, p2, p3, p4, p5);
    const weight1 = expWith(f32x4.sub(x1, m), log2e, rounder, lowest, p0, p1, p2, p3, p4, p5);
    v128.store(row, weight);
    v128.store(row, weight1, 16);
    total = f32x4.add(total, weight);
    total1 = f32x4.add(total1, weight1);
    row += 32;
  } while (row < end);
  v128.store(partials, total);
  v128.store(partials, total1, 16);
}

/** Lane r: the maximum of the eight numbers of row r. */
function largestOfRows(partials: usize): v128 {
  const a = f32x4.pmax(v128.load(partials), v128.load(partials, 16));
  const b = f32x4.pmax(v128.load(partials, 32), v128.load(partials, 48));
  const c = f32x4.pmax(v128.load(partials, 64), v128.load(partials, 80));
  const d = f32x4.pmax(v128.load(partials, 96), v128.load(partials, 112));
  const ab = f32x4.pmax(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.pmax(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
  return f32x4.pmax(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

/** Lane r: the sum of the eight numbers of row r. */
function sumsOfRows(partials: usize): v128 {
  const a = f32x4.add(v128.load(partials), v128.load(partials, 16));
  const b = f32x4.add(v128.load(partials, 32), v128.load(partials, 48));
  const c = f32x4.add(v128.load(partials, 64), v128.load(partials, 80));
  const d = f32x4.add(v128.load(partials, 96), v128.load(partials, 112));
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}
