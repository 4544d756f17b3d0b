// One step of the online softmax (Milakov & Gimelshein 2018; Dao et al. 2022) on a score tile of 4 rows.
import { KEY_BLOCK, ROW_GROUP } from './strip';
import { expNonPositive } from './exp';

/** The maximum of a row that has seen no key. Finite, so that -Infinity minus it is -Infinity and not NaN. */
export const NO_MAXIMUM: f32 = -f32.MAX_VALUE;

const ROW = KEY_BLOCK * 4;

/**
 * Turns scores [4, keys] into weights exp(score - maximum) in place, and brings maxima and sums [4] up to date.
 * Returns the four factors by which everything summed before must shrink. keys is a multiple of 8.
 */
export function softmaxTile(scores: usize, keys: i32, maxima: usize, sums: usize): v128 {
  const bytes = <usize>keys * 4;
  const before = v128.load(maxima);
  for (let row = 0; row < ROW_GROUP; ++row) {
    const at = scores + <usize>(row * ROW);
    let top = v128.load(at);
    let topNext = v128.load(at, 16);
    for (let j: usize = 32; j < bytes; j += 32) {
      top = f32x4.pmax(top, v128.load(at + j));
      topNext = f32x4.pmax(topNext, v128.load(at + j, 16));
    }
    top = f32x4.pmax(top, topNext);
    top = f32x4.pmax(top, v128.shuffle<f32>(top, top, 2, 3, 0, 1));
    const greatest = max<f32>(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1));
    const cell = maxima + <usize>(row * 4);
    if (greatest > load<f32>(cell)) store<f32>(cell, greatest);
  }
  const shrink = expNonPositive(f32x4.sub(before, v128.load(maxima)));
  v128.store(sums, f32x4.mul(v128.load(sums), shrink));
  for (let row = 0; row < ROW_GROUP; ++row) {
    const at = scores + <usize>(row * ROW);
    const maximum = v128.load32_splat(maxima + <usize>(row * 4));
    let total = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      const weight = expNonPositive(f32x4.sub(v128.load(at + j), maximum));
      v128.store(at + j, weight);
      total = f32x4.add(total, weight);
    }
    total = f32x4.add(total, v128.shuffle<f32>(total, total, 2, 3, 0, 1));
    const cell = sums + <usize>(row * 4);
    store<f32>(cell, load<f32>(cell) + (f32x4.extract_lane(total, 0) + f32x4.extract_lane(total, 1)));
  }
  return shrink;
}
