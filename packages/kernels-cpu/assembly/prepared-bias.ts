// Converts a piecewise-linear bias to units of scores, tile by tile. Rule 3 of docs/numerics.md. Tables are converted beforehand.
import { ROW_GROUP } from './generated/variant';
import { KEY_BLOCK } from './row-block';
import { FLUSH_BELOW } from './rescaling';

/**
 * Converts a bias tile [ROW_GROUP, keys]; -Infinity hides a pair, before and after. The rule's limits of 2^94 and -2^100 need no instruction here:
 * scores stay below 2^93, so logits saturate at their own limits wherever a bias exceeds these.
 */
export function prepareTile(tile: usize, keys: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const hidden = f32x4.splat(-Infinity);
  const floor = f32x4.splat(FLUSH_BELOW);
  const end = tile + <usize>(ROW_GROUP * KEY_BLOCK * 4);
  for (let row = tile; row < end; row += KEY_BLOCK * 4) {
    for (let at = row; at < row + <usize>keys * 4; at += 16) {
      const bias = v128.load(at);
      const scaled = f32x4.mul(bias, factors);
      const counted = v128.andnot(scaled, f32x4.lt(f32x4.abs(scaled), floor));
      v128.store(at, v128.bitselect(hidden, counted, f32x4.eq(bias, hidden)));
    }
  }
}
