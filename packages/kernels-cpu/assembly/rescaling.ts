// Rescaling in the reproducible profile: by powers of two only, and small results become 0. Rule 9 of docs/numerics.md.

/** Sums this many powers of two below the maximum count as 0. */
export const CUTOFF: i32 = 48;
/** The smallest row maximum, and that of a row without a visible key. */
export const ROW_MAX_FLOOR: i32 = -32719;
/** A rescaled number smaller than this becomes +0. */
export const FLUSH_BELOW: f32 = 2 ** -100;

/** 2^-x for four x >= 0, 0 beyond the cutoff. */
export function power(x: v128): v128 {
  return v128.andnot(i32x4.shl(i32x4.sub(i32x4.splat(127), x), 23), i32x4.gt_s(x, i32x4.splat(CUTOFF)));
}

/** FLUSH_BELOW in lanes that are rescaled, otherwise 0. */
export function leastAt(x: v128): v128 {
  return v128.and(i32x4.gt_s(x, i32x4.splat(0)), f32x4.splat(FLUSH_BELOW));
}

/** y * factor, or +0 if that is smaller than `floor`. */
export function rescaled(y: v128, factor: v128, floor: v128): v128 {
  const product = f32x4.mul(y, factor);
  return v128.andnot(product, f32x4.lt(f32x4.abs(product), floor));
}

/** Rescales all columns of a row. */
export function rescaleRow(row: usize, columns: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const floor = f32x4.splat(FLUSH_BELOW);
  for (const end = row + <usize>(columns * 4); row < end; row += 16) v128.store(row, rescaled(v128.load(row), factors, floor));
}
