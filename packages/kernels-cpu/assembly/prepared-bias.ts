// The bias of the piecewise-linear form in units of scores. Rule 3 of docs/numerics.md. Tables come prepared; what cannot be one is brought
// there pair by pair.
import { LEAST } from './weight-tile';

/** A bias from here down hides the pair. */
const MASKED: f32 = -(2 ** 100);
/** The largest size of a visible one. */
const LARGEST: f32 = 2 ** 94;

/** Four biases times `factor`; -Infinity where that hides the pair. */
export function preparedFour(bias: v128, factor: f32): v128 {
  const hidden = f32x4.splat(-Infinity);
  const scaled = f32x4.mul(bias, f32x4.splat(factor));
  const bounded = f32x4.pmax(f32x4.pmin(scaled, f32x4.splat(LARGEST)), f32x4.splat(-LARGEST));
  const counted = v128.andnot(bounded, f32x4.lt(f32x4.abs(scaled), f32x4.splat(LEAST)));
  const hides = v128.or(f32x4.eq(bias, hidden), f32x4.le(scaled, f32x4.splat(MASKED)));
  return v128.bitselect(hidden, counted, hides);
}
