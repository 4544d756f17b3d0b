// The only factors by which the reproducible profile makes numbers smaller, powers of two, and what is dropped on the way. Rule 9 of
// docs/numerics.md.

/** Powers of two below the greatest at which a number counts as 0. */
export const CUTOFF: i32 = 48;
/** The row maximum where nothing is visible, and the least there is. */
export const ROW_MAX_FLOOR: i32 = -32719;
/** What is rescaled and smaller than this becomes +0. */
export const FLUSH_BELOW: f32 = 2 ** -100;

/** 2^-x for four x >= 0, 0 beyond the cutoff. */
export function power(x: v128): v128 {
  return v128.andnot(i32x4.shl(i32x4.sub(i32x4.splat(127), x), 23), i32x4.gt_s(x, i32x4.splat(CUTOFF)));
}

/** FLUSH_BELOW where something is rescaled, else 0. */
export function leastAt(x: v128): v128 {
  return v128.and(i32x4.gt_s(x, i32x4.splat(0)), f32x4.splat(FLUSH_BELOW));
}

/** y * factor, +0 where that is smaller than `floor`. */
export function rescaled(y: v128, factor: v128, floor: v128): v128 {
  const product = f32x4.mul(y, factor);
  return v128.andnot(product, f32x4.lt(f32x4.abs(product), floor));
}

/** All columns of a row. */
export function rescaleRow(row: usize, columns: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const floor = f32x4.splat(FLUSH_BELOW);
  for (const end = row + <usize>(columns * 4); row < end; row += 16) v128.store(row, rescaled(v128.load(row), factors, floor));
}
