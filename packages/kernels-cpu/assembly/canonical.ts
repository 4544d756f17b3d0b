// Inputs of the reproducible profile: magnitudes are clamped to the profile's range, and numbers are split into pieces whose products are exact.
// Rules 1, 4 and 8 of docs/numerics.md.

/** In memory and loaded before a loop, because V8 rebuilds a constant vector at every use inside one. */
const SIZE: usize = memory.data<i32>([0x7fffffff]);

/** The bits of infinity. */
const INFINITE: i32 = 0x7f800000;

/**
 * Clamps numbers in place: magnitudes below `least` become +0, those above `limit` become `limit`, NaN too. Both bounds are float32 bits without
 * sign, compared as integers. Returns whether none was NaN.
 */
export function canonicalise(numbers: usize, count: i32, least: i32, limit: i32): bool {
  const sizeBits = v128.load32_splat(SIZE);
  const low = i32x4.splat(least);
  const high = i32x4.splat(limit);
  const end = numbers + ((<usize>count) << 2);
  let largest = i32x4.splat(0);
  let at = numbers;
  for (; at + 16 <= end; at += 16) {
    const x = v128.load(at);
    const size = v128.and(x, sizeBits);
    largest = i32x4.max_s(largest, size);
    v128.store(at, inRange(x, size, low, high));
  }
  for (; at < end; at += 4) {
    const x = v128.load32_zero(at);
    const size = v128.and(x, sizeBits);
    largest = i32x4.max_s(largest, size);
    v128.store32_lane(at, inRange(x, size, low, high), 0);
  }
  return !v128.any_true(i32x4.gt_s(largest, i32x4.splat(INFINITE)));
}

function inRange(x: v128, size: v128, low: v128, high: v128): v128 {
  const kept = v128.or(v128.xor(x, size), i32x4.min_s(size, high));
  return v128.andnot(kept, i32x4.lt_s(size, low));
}

/** Keeps the first 12 significant bits of float32. */
function highOf(x: v128): v128 {
  return v128.and(x, i32x4.splat(0xfffff000));
}

/**
 * Packed rows [rows, width] -> [3 rows, width]: the high, high and low pieces of queries, or the high, low and high pieces of keys. A score over
 * three times the components is then high * high + high * low + low * high per component. width is even.
 */
export function splitScores(source: usize, rows: i32, width: i32, ofKeys: bool, target: usize): void {
  const step = <usize>width * 4;
  const low = ofKeys ? step : step << 1;
  const again = ofKeys ? step << 1 : step;
  for (let row = 0; row < rows; ++row) {
    let at: usize = 0;
    for (; at + 16 <= step; at += 16) {
      const x = v128.load(source + at);
      const high = highOf(x);
      v128.store(target + at, high);
      v128.store(target + low + at, f32x4.sub(x, high));
      v128.store(target + again + at, high);
    }
    if (at < step) {
      const x = v128.load64_zero(source + at);
      const high = highOf(x);
      v128.store64_lane(target + at, high, 0);
      v128.store64_lane(target + low + at, f32x4.sub(x, high), 0);
      v128.store64_lane(target + again + at, high, 0);
    }
    source += step;
    target += 3 * step;
  }
}

/** values [rows, columns] -> [3 rows, columns], pieces of 8 significant bits from high to low. */
export function splitValues(source: usize, rows: i32, columns: i32, target: usize): void {
  const step = <usize>columns * 4;
  const mask = i32x4.splat(0xffff0000);
  for (let row = 0; row < rows; ++row) {
    for (let at: usize = 0; at < step; at += 16) {
      const x = v128.load(source + at);
      const first = v128.and(x, mask);
      const rest = f32x4.sub(x, first);
      const second = v128.and(rest, mask);
      v128.store(target + at, first);
      v128.store(target + step + at, second);
      v128.store(target + 2 * step + at, f32x4.sub(rest, second));
    }
    source += step;
    target += 3 * step;
  }
}
