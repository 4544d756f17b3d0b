// The greatest entries of a bias table by the piece, as src/wasm/skipping.ts finds them where a table is made once for many calls. Here for
// caches, whose table begins one entry earlier with every token, so that its pieces are other ones in every call.
import { KEY_BLOCK } from './strip';

/** Writes the greatest of each KEY_BLOCK of the `count` entries to maxima, and returns by how much the greatest of these exceeds the least. */
export function putTableMaxima(table: usize, count: i32, maxima: usize): f64 {
  let greatest: f32 = -Infinity;
  let least: f32 = Infinity;
  for (let first = 0; first < count; first += KEY_BLOCK) {
    const most = greatestOf(table + ((<usize>first) << 2), min(KEY_BLOCK, count - first));
    store<f32>(maxima + ((<usize>(first / KEY_BLOCK)) << 2), most);
    greatest = max(greatest, most);
    least = min(least, most);
  }
  return <f64>greatest - <f64>least;
}

function greatestOf(entries: usize, count: i32): f32 {
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
