// The bias of the piecewise-linear form in units of scores. Rule 3 of docs/numerics.md. Tables come prepared; what cannot be one is brought
// there tile by tile.
import { ROW_GROUP } from './generated/variant';
import { KEY_BLOCK } from './strip';
import { LEAST } from './weight-tile';

/** A bias from here down hides the pair. */
const MASKED: f32 = -(2 ** 100);
/** The largest size of a visible one. */
const LARGEST: f32 = 2 ** 94;

/** Brings a bias tile [ROW_GROUP, keys] there; -Infinity hides a pair, before and after. */
export function prepareTile(tile: usize, keys: i32, factor: f32): void {
  const hidden = f32x4.splat(-Infinity);
  const end = tile + <usize>(ROW_GROUP * KEY_BLOCK * 4);
  for (let row = tile; row < end; row += KEY_BLOCK * 4) {
    for (let at = row; at < row + <usize>keys * 4; at += 16) {
      const bias = v128.load(at);
      const scaled = f32x4.mul(bias, f32x4.splat(factor));
      const bounded = f32x4.pmax(f32x4.pmin(scaled, f32x4.splat(LARGEST)), f32x4.splat(-LARGEST));
      const counted = v128.andnot(bounded, f32x4.lt(f32x4.abs(scaled), f32x4.splat(LEAST)));
      const hides = v128.or(f32x4.eq(bias, hidden), f32x4.le(scaled, f32x4.splat(MASKED)));
      v128.store(at, v128.bitselect(hidden, counted, hides));
    }
  }
}
