// The piecewise-linear form (FIRE): slope * x + intercept of the piece that contains x, where x is the feature of a distance times the row scale.
// Along a row x changes slowly, so the search starts at the piece of the previous key, and four neighbours are usually in one piece.
import { FORM_PIECEWISE, RowBlock } from './row-block';

export function isPiecewise(rowBlock: RowBlock): bool {
  return rowBlock.form == FORM_PIECEWISE;
}

/** The number of breaks < x, searched from `start`. */
export function pieceOf(rowBlock: RowBlock, x: f32, start: i32): i32 {
  let piece = start;
  while (piece < rowBlock.breakCount && load<f32>(rowBlock.breaks + ((<usize>piece) << 2)) < x) ++piece;
  while (piece > 0 && !(load<f32>(rowBlock.breaks + ((<usize>(piece - 1)) << 2)) < x)) --piece;
  return piece;
}

/** The value at x. */
export function piecewise(rowBlock: RowBlock, x: f32, start: i32): f32 {
  const at = (<usize>pieceOf(rowBlock, x, start)) << 2;
  return load<f32>(rowBlock.slopes + at) * x + load<f32>(rowBlock.intercepts + at);
}

/** The values at four x; only the visible lanes matter. */
export function piecewiseFour(rowBlock: RowBlock, x: v128, visible: v128, start: i32): v128 {
  const at = (<usize>start) << 2;
  const low: f32 = start > 0 ? load<f32>(rowBlock.breaks + at - 4) : -Infinity;
  const high: f32 = start < rowBlock.breakCount ? load<f32>(rowBlock.breaks + at) : Infinity;
  const inside = v128.and(f32x4.gt(x, f32x4.splat(low)), f32x4.le(x, f32x4.splat(high)));
  if (i32x4.all_true(v128.or(inside, v128.not(visible)))) {
    return f32x4.add(f32x4.mul(v128.load32_splat(rowBlock.slopes + at), x), v128.load32_splat(rowBlock.intercepts + at));
  }
  const first = f32x4.splat(piecewise(rowBlock, f32x4.extract_lane(x, 0), start));
  const second = f32x4.replace_lane(first, 1, piecewise(rowBlock, f32x4.extract_lane(x, 1), start));
  const third = f32x4.replace_lane(second, 2, piecewise(rowBlock, f32x4.extract_lane(x, 2), start));
  return f32x4.replace_lane(third, 3, piecewise(rowBlock, f32x4.extract_lane(x, 3), start));
}
