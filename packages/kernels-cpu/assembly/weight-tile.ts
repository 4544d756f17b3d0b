// The softmax of the reproducible profile on one score tile: logits in fixed point, weights by integer arithmetic, and what the tile's sums
// and those before it must be multiplied with to be added. Rules 5 to 9 of docs/numerics.md; the fast profile's is softmax-tile.ts.
import { MADD } from './generated/variant';
import { KEY_BLOCK } from './strip';

const ROW = KEY_BLOCK * 4;
/** Bytes of a row of weights: each may be there three times, once for each piece of a value. */
export const WEIGHT_ROW: i32 = 3 * KEY_BLOCK * 4;

/** Powers of two below the greatest at which a number counts as 0. */
const CUTOFF: i32 = 48;
/** The greatest logit below 2^31 in float32. The least, -2^31, is where the conversion ends. */
const LARGEST_LOGIT: f32 = 2147483520;
/** The row maximum where nothing is visible, and the least there is. */
export const ROW_MAX_FLOOR: i32 = -32719;
/** What is rescaled and smaller than this becomes +0. */
export const LEAST: f32 = 2 ** -100;

/** Constants of the exponential, loaded before a loop: V8 builds a constant vector anew at every use inside one. */
const CONSTANTS: usize = memory.data<i32>([0xffff, 0x8000, 28393, 20724, 22267, -2591]);

function constant(n: usize): v128 {
  return v128.load32_splat(CONSTANTS + 4 * n);
}

// What is kept for one tile, [cells] each: row maxima of the tile, factors of what came before and of the tile's sums, and the size below
// which the latter become +0. Then one vector for each row.
const TILE_MAX: usize = 0;

function before(cells: i32): usize {
  return <usize>(cells * 4);
}

/** Factors of the tile's sums. */
export function after(cells: i32): usize {
  return <usize>(cells * 8);
}

/** The size below which they become +0: LEAST or, where they are not rescaled, 0. */
export function least(cells: i32): usize {
  return <usize>(cells * 12);
}

/** Bytes that weightTile needs for itself, for so many cells. */
export function foldScratch(cells: i32): usize {
  return <usize>(cells * 32);
}

/**
 * Turns scores [rows, keys] into logits in place, and these into weights [rows, WEIGHT_ROW], each `copies` times. Brings rowMax and rowSum up
 * to date, multiplies output [rows, columns] by what came of its maxima, and leaves at fold + after and fold + least what is to be
 * done to the tile's own sums before they are added. rowMax, rowSum and fold have room for `cells` rows, a multiple of four; what they
 * hold behind the last row means nothing. keys is a multiple of 8.
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
  const lanes = fold + <usize>(cells * 16);
  for (let r: usize = 0; r < <usize>rows; ++r) putLogits(scores + r * <usize>ROW, bytes, logitScale, lanes + 16 * r);
  for (let cell: usize = 0; cell < <usize>(rows * 4); cell += 16) {
    const was = v128.load(rowMax + cell);
    const tile = i32x4.max_s(i32x4.shr_s(greatestOfRows(lanes + 4 * cell), 16), i32x4.splat(ROW_MAX_FLOOR));
    const now = i32x4.max_s(was, tile);
    v128.store(rowMax + cell, now);
    v128.store(fold + TILE_MAX + cell, tile);
    const down = i32x4.sub(now, was);
    const up = i32x4.sub(now, tile);
    // What is 0 need not be made smaller: a row that stands at the floor was never rescaled, so that no weight is no sum either.
    const fresh = v128.and(i32x4.eq(was, i32x4.splat(ROW_MAX_FLOOR)), f32x4.eq(v128.load(rowSum + cell), f32x4.splat(0)));
    v128.store(fold + before(cells) + cell, v128.bitselect(f32x4.splat(1), power(down), fresh));
    v128.store(fold + after(cells) + cell, power(up));
    v128.store(fold + least(cells) + cell, leastAt(up));
    v128.store(rowSum + cell, rescaled(v128.load(rowSum + cell), power(down), leastAt(down)));
  }
  for (let r: usize = 0; r < <usize>rows; ++r) {
    const target = weights + r * <usize>WEIGHT_ROW;
    putWeights(scores + r * <usize>ROW, bytes, load<i32>(fold + TILE_MAX + 4 * r), weightBits, lanes + 16 * r, target);
    if (copies == 3) copyThrice(target, bytes);
    const factor = load<f32>(fold + before(cells) + 4 * r);
    if (factor != 1) rescaleRow(output + r * <usize>(columns * 4), columns, factor);
  }
  for (let cell: usize = 0; cell < <usize>(rows * 4); cell += 16) {
    const own = rescaled(
      sumsOfRows(lanes + 4 * cell),
      v128.load(fold + after(cells) + cell),
      v128.load(fold + least(cells) + cell),
    );
    v128.store(rowSum + cell, f32x4.add(v128.load(rowSum + cell), own));
  }
}

/** 2^-x for four x >= 0, 0 beyond the cutoff. */
function power(x: v128): v128 {
  return v128.andnot(i32x4.shl(i32x4.sub(i32x4.splat(127), x), 23), i32x4.gt_s(x, i32x4.splat(CUTOFF)));
}

/** LEAST where something is rescaled, else 0. */
function leastAt(x: v128): v128 {
  return v128.and(i32x4.gt_s(x, i32x4.splat(0)), f32x4.splat(LEAST));
}

/** y * factor, +0 where that is smaller than `floor`. */
export function rescaled(y: v128, factor: v128, floor: v128): v128 {
  const product = f32x4.mul(y, factor);
  return v128.andnot(product, f32x4.lt(f32x4.abs(product), floor));
}

function rescaleRow(row: usize, columns: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const floor = f32x4.splat(LEAST);
  for (const end = row + <usize>(columns * 4); row < end; row += 16) v128.store(row, rescaled(v128.load(row), factors, floor));
}

/** Scores of a row to logits in place, and four of them, the greatest of which is the greatest of the row. */
function putLogits(row: usize, bytes: usize, logitScale: f32, lanes: usize): void {
  const scale = f32x4.splat(logitScale);
  const top = f32x4.splat(LARGEST_LOGIT);
  let greatest = i32x4.splat(i32.MIN_VALUE),
    greatest1 = greatest;
  const end = row + bytes;
  do {
    const logit = toInteger(f32x4.floor(f32x4.pmin(f32x4.mul(v128.load(row), scale), top)));
    const logit1 = toInteger(f32x4.floor(f32x4.pmin(f32x4.mul(v128.load(row, 16), scale), top)));
    v128.store(row, logit);
    v128.store(row, logit1, 16);
    greatest = i32x4.max_s(greatest, logit);
    greatest1 = i32x4.max_s(greatest1, logit1);
    row += 32;
  } while (row < end);
  v128.store(lanes, i32x4.max_s(greatest, greatest1));
}

/** Of whole numbers below 2^31; -2^31 for what lies below. The relaxed conversion leaves no choice for these. */
function toInteger(x: v128): v128 {
  if (MADD) return i32x4.relaxed_trunc_f32x4_s(x);
  return i32x4.trunc_sat_f32x4_s(x);
}

/**
 * Logits of a row to weights, and four sums of them, by key index modulo four. In the exponential every factor fits in 16 signed bits, so
 * that the sum of two products of 16 bits, of which one is 0, is the product of 32: one instruction where the other is two or three.
 */
function putWeights(row: usize, bytes: usize, tileMax: i32, weightBits: i32, lanes: usize, target: usize): void {
  const low = constant(0),
    middle = constant(1),
    c3 = constant(2),
    c2 = constant(3),
    c1 = constant(4),
    c0 = constant(5);
  const round = weightBits == 16 ? 128 : 1024;
  const straight = i32x4.splat(7669032 + round + ((126 - tileMax) << 23));
  const keep = i32x4.splat(-2 * round);
  const cut = i32x4.splat((tileMax - CUTOFF) << 16);
  let total = f32x4.splat(0);
  const end = row + bytes;
  do {
    const logit = v128.load(row),
      logit1 = v128.load(row, 16);
    const weight = weightOf(logit, low, middle, c3, c2, c1, c0, straight, keep, cut);
    const weight1 = weightOf(logit1, low, middle, c3, c2, c1, c0, straight, keep, cut);
    v128.store(target, weight);
    v128.store(target, weight1, 16);
    total = f32x4.add(f32x4.add(total, weight), weight1);
    row += 32;
    target += 32;
  } while (row < end);
  v128.store(lanes, total);
}

function weightOf(
  logit: v128,
  low: v128,
  middle: v128,
  c3: v128,
  c2: v128,
  c1: v128,
  c0: v128,
  straight: v128,
  keep: v128,
  cut: v128,
): v128 {
  const g = v128.xor(v128.and(logit, low), middle);
  let h = i32x4.add(i32x4.shr_s(i32x4.dot_i16x8_s(c3, g), 19), c2);
  h = i32x4.add(i32x4.shr_s(i32x4.dot_i16x8_s(h, g), 18), c1);
  h = i32x4.add(i32x4.shr_s(i32x4.dot_i16x8_s(h, g), 15), c0);
  h = i32x4.shr_s(i32x4.dot_i16x8_s(h, g), 10);
  const bits = i32x4.add(i32x4.add(h, i32x4.shl(logit, 7)), straight);
  return v128.andnot(v128.and(bits, keep), i32x4.lt_s(logit, cut));
}

/** w0 w1 w2 .. -> w0 w0 w0 w1 w1 w1 .., from the end on, so that nothing is overwritten before it is read. */
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

/** Lane r: the greatest of the four numbers of row r. */
function greatestOfRows(lanes: usize): v128 {
  const a = v128.load(lanes),
    b = v128.load(lanes, 16),
    c = v128.load(lanes, 32),
    d = v128.load(lanes, 48);
  const ab = i32x4.max_s(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
  const cd = i32x4.max_s(v128.shuffle<i32>(c, d, 0, 2, 4, 6), v128.shuffle<i32>(c, d, 1, 3, 5, 7));
  return i32x4.max_s(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

/** Lane r: (s0 + s1) + (s2 + s3) of row r. */
function sumsOfRows(lanes: usize): v128 {
  const a = v128.load(lanes),
    b = v128.load(lanes, 16),
    c = v128.load(lanes, 32),
    d = v128.load(lanes, 48);
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(a, b, 1, 3, 5, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 2, 4, 6), v128.shuffle<f32>(c, d, 1, 3, 5, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}
