// The maxima of the blocks of a bias table. src/wasm/bias-tables.ts computes them for a prepared problem; a cache needs them in every call, because
// its table begins one entry earlier with every token, which shifts the blocks.
import { KEY_BLOCK } from './row-block';

/** Writes the maximum of each KEY_BLOCK of the `count` entries to maxima. Returns the largest of them minus the smallest. */
export function putTableMaxima(table: usize, count: i32, maxima: usize): f64 {
  let largest: f32 = -Infinity;
  let lowest: f32 = Infinity;
  for (let first = 0; first < count; first += KEY_BLOCK) {
    const most = largestOf(table + ((<usize>first) << 2), min(KEY_BLOCK, count - first));
    store<f32>(maxima + ((<usize>(first / KEY_BLOCK)) << 2), most);
    largest = max(largest, most);
    lowest = min(lowest, most);
  }
  return <f64>largest - <f64>lowest;
}

function largestOf(entries: usize, count: i32): f32 {
  let four = f32x4.splat(-Infinity);
  let n = 0;
  for (; n + 4 <= count; n += 4) four = f32x4.pmax(four, v128.load(entries + ((<usize>n) << 2)));
  let most: f32 = max(
    max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  );
  for (; n < count; ++n) most = max(most, load<f32>(entries + ((<usize>n) << 2)));
  return most;
}
