// Logits in fixed point (base 2, in units of 2^-16), and their exponential in integer arithmetic. Rules 5 and 7 of docs/numerics.md.
import { MADD } from './generated/variant';
import { CUTOFF } from './rescaling';

/** The largest logit: the largest float32 below 2^31. The smallest is -2^31, where the conversion saturates. */
const LARGEST_LOGIT: f32 = 2147483520;
/** Constants of the exponential, loaded before a loop, because V8 rebuilds a constant vector at every use inside one. */
const CONSTANTS: usize = memory.data<i32>([0xffff, 0x8000, 28393, 20724, 22267, -2591]);

function constant(n: usize): v128 {
  return v128.load32_splat(CONSTANTS + 4 * n);
}

/** Converts the scores of a row to logits in place. Returns four maxima, whose maximum is that of the row. */
export function putLogits(row: usize, bytes: usize, logitScale: f32, partials: usize): void {
  const scale = f32x4.splat(logitScale);
  const top = f32x4.splat(LARGEST_LOGIT);
  let largest = i32x4.splat(i32.MIN_VALUE),
    largest1 = largest;
  const end = row + bytes;
  do {
    const logit = toInteger(f32x4.floor(f32x4.pmin(f32x4.mul(v128.load(row), scale), top)));
    const logit1 = toInteger(f32x4.floor(f32x4.pmin(f32x4.mul(v128.load(row, 16), scale), top)));
    v128.store(row, logit);
    v128.store(row, logit1, 16);
    largest = i32x4.max_s(largest, logit);
    largest1 = i32x4.max_s(largest1, logit1);
    row += 32;
  } while (row < end);
  v128.store(partials, i32x4.max_s(largest, largest1));
}

/** Converts whole numbers below 2^31; smaller ones than -2^31 become -2^31. The relaxed conversion is fully defined for these. */
function toInteger(x: v128): v128 {
  if (MADD) return i32x4.relaxed_trunc_f32x4_s(x);
  return i32x4.trunc_sat_f32x4_s(x);
}

/**
 * Converts the logits of a row to weights. Returns four sums of them, by key index modulo four. Every factor of the exponential fits in 16 signed
 * bits, so a dot product of 16-bit pairs, one of them 0, replaces a 32-bit product, which is slower on many processors.
 */
export function putWeights(row: usize, bytes: usize, tileMax: i32, weightBits: i32, partials: usize, target: usize): void {
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
  v128.store(partials, total);
}

/** Four weights. */
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
