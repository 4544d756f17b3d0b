// exp and tanh of four float32 numbers. Not for general use: exp takes x <= 0, which suffices for a softmax.
import { madd } from './madd';

// The constants are in memory, because V8 rebuilds a constant vector at every use inside a loop (three instructions), which made this function
// twice as slow in Node 24. A loop loads them once before it begins and passes them to expWith.
const CONSTANTS: usize = memory.data<f32>([
  1.4426950408889634, // log2 e
  12582912.0, // 1.5 * 2^23: adding it rounds to the nearest integer, which is then in the low bits
  -69.31471805599453, // -100 ln 2: below, a weight is exactly 0: it cannot change a float32 sum, and no subnormal is made
  // 2^f on [-1/2, 1/2]: degree-5 minimax through 1 at 0, relative error 1.1e-7 before rounding; lowest power first
  1.0,
  0.6931470036506653,
  0.24022242426872253,
  0.05550733581185341,
  0.009671512991189957,
  0.001326472731307149,
]);

/** The constants of expWith by number: log2 e, the rounder, the lowest argument, and the coefficients of f^0 .. f^5. */
export function expConstant(n: usize): v128 {
  return v128.load32_splat(CONSTANTS + 4 * n);
}

/**
 * exp(x) for x <= 0: 1 at 0, exactly 0 below 2^-100 and at -Infinity, NaN at NaN. Relative error 2.1e-7 down to -1 and
 * 4e-6 at -69, where x * log2 e has few bits left for its fraction; relative to the largest weight, never above 2e-7.
 */
export function expNonPositive(x: v128): v128 {
  return expWith(
    x,
    expConstant(0),
    expConstant(1),
    expConstant(2),
    expConstant(3),
    expConstant(4),
    expConstant(5),
    expConstant(6),
    expConstant(7),
    expConstant(8),
  );
}

/** expNonPositive for loops, which keep its constants in registers. */
export function expWith(
  x: v128,
  log2e: v128,
  rounder: v128,
  lowest: v128,
  p0: v128,
  p1: v128,
  p2: v128,
  p3: v128,
  p4: v128,
  p5: v128,
): v128 {
  const rounded = madd(x, log2e, rounder);
  const f = madd(x, log2e, f32x4.sub(rounder, rounded));
  // Estrin's scheme: the dependency chain of Horner's is too long for the processor to overlap with the next vectors
  const ff = f32x4.mul(f, f);
  let y = madd(p5, f, p4);
  y = madd(y, ff, madd(p3, f, p2));
  y = madd(y, ff, madd(p1, f, p0));
  // the integer part is added to the exponent field
  y = i32x4.add(y, i32x4.shl(rounded, 23));
  // NaN is not below the limit, so it stays NaN
  return v128.andnot(y, f32x4.lt(x, lowest));
}

/**
 * tanh(x) of four float32. Near 0 the polynomial of Cephes tanhf (Moshier), elsewhere (1 - e) / (1 + e) with
 * e = exp(-2 |x|): the quotient alone would lose all relative accuracy near 0.
 */
export function tanh(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let near = f32x4.splat(-5.70498872745e-3);
  near = f32x4.add(f32x4.mul(near, z), f32x4.splat(2.06390887954e-2));
  near = f32x4.add(f32x4.mul(near, z), f32x4.splat(-5.37397155531e-2));
  near = f32x4.add(f32x4.mul(near, z), f32x4.splat(1.33314422036e-1));
  near = f32x4.add(f32x4.mul(near, z), f32x4.splat(-3.33332819422e-1));
  near = f32x4.add(f32x4.mul(f32x4.mul(near, z), x), x);
  const size = f32x4.abs(x);
  const e = expNonPositive(f32x4.mul(size, f32x4.splat(-2.0)));
  const one = f32x4.splat(1.0);
  const far = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  const signed = v128.or(far, v128.and(x, f32x4.splat(-0.0)));
  return v128.bitselect(near, signed, f32x4.lt(size, f32x4.splat(0.625)));
}
