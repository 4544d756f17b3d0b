// One step of the online softmax (Milakov & Gimelshein 2018; Dao et al. 2022) on a score tile of 4 rows.
import { KEY_BLOCK } from './strip';
import { expConstant, expNonPositive, expWith } from './exp';

/** The maximum of a row that has seen no key. Finite, so that -Infinity minus it is -Infinity and not NaN. */
export const NO_MAXIMUM: f32 = -f32.MAX_VALUE;

const ROW = KEY_BLOCK * 4;

/**
 * Turns scores [4, keys] into weights exp(score - maximum) in place, and brings maxima and sums [4] up to date.
 * Returns the four factors by which everything summed before must shrink. keys is a multiple of 8.
 */
export function softmaxTile(scores: usize, keys: i32, maxima: usize, sums: usize): v128 {
  const bytes = <usize>keys * 4;
  const row1 = scores + ROW,
    row2 = row1 + ROW,
    row3 = row2 + ROW;
  const before = v128.load(maxima);
  const tops = maxOfRows(top(scores, bytes), top(row1, bytes), top(row2, bytes), top(row3, bytes));
  const now = f32x4.pmax(before, tops);
  v128.store(maxima, now);
  const shrink = expNonPositive(f32x4.sub(before, now));
  const totals = sumOfRows(
    weigh(scores, bytes, v128.shuffle<f32>(now, now, 0, 0, 0, 0)),
    weigh(row1, bytes, v128.shuffle<f32>(now, now, 1, 1, 1, 1)),
    weigh(row2, bytes, v128.shuffle<f32>(now, now, 2, 2, 2, 2)),
    weigh(row3, bytes, v128.shuffle<f32>(now, now, 3, 3, 3, 3)),
  );
  v128.store(sums, f32x4.add(f32x4.mul(v128.load(sums), shrink), totals));
  return shrink;
}

/** Four numbers, the greatest of which is the greatest of the row. */
function top(row: usize, bytes: usize): v128 {
  let a = v128.load(row);
  let b = v128.load(row, 16);
  for (let j: usize = 32; j < bytes; j += 32) {
    a = f32x4.pmax(a, v128.load(row + j));
    b = f32x4.pmax(b, v128.load(row + j, 16));
  }
  return f32x4.pmax(a, b);
}

/** Turns the scores of a row into weights, and returns four sums of them. */
function weigh(row: usize, bytes: usize, maximum: v128): v128 {
  const log2e = expConstant(0),
    rounder = expConstant(1),
    least = expConstant(2);
  const p0 = expConstant(3),
    p1 = expConstant(4),
    p2 = expConstant(5),
    p3 = expConstant(6),
    p4 = expConstant(7),
    p5 = expConstant(8);
  let total = f32x4.splat(0);
  let j: usize = 0;
  do {
    const x = f32x4.sub(v128.load(row + j), maximum);
    const weight = expWith(x, log2e, rounder, least, p0, p1, p2, p3, p4, p5);
    v128.store(row + j, weight);
    total = f32x4.add(total, weight);
    j += 16;
  } while (j < bytes);
  return total;
}

/** Lane r: the greatest lane of the r-th argument. */
function maxOfRows(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.pmax(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.pmax(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
  return f32x4.pmax(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

/** Lane r: the sum of the lanes of the r-th argument. */
function sumOfRows(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 1, 4, 5), v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 1, 4, 5), v128.shuffle<f32>(c, d, 2, 3, 6, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}
