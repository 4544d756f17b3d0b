// The bias tile: bias and mask of a group of rows x up to 64 keys, for every case that cannot read a table slice in place:
// explicit positions, segments, piecewise-linear bias, and the last keys of a sequence.
import { ROW_GROUP } from './generated/variant';
import { isContiguous } from './key-range';
import { isPiecewise, pieceOf, piecewise, piecewiseFour } from './piecewise';
import { prepareTile } from './prepared-bias';
import { KEY_BLOCK, Strip, isReproducible } from './strip';

/** Loaded at each use: V8 builds a constant vector anew wherever a loop uses it. */
const COUNT: usize = memory.data<i32>([0, 1, 2, 3]);
const MINUS_INFINITY: usize = memory.data<f32>([-Infinity]);

/**
 * Writes the bias, -Infinity where masked, of the group of rows from firstRow on and of keys firstKey .. firstKey + keys - 1 to tile
 * [ROW_GROUP, KEY_BLOCK]; keys is a multiple of 4. Rows and keys that do not exist are masked. Returns whether anything is visible.
 */
export function biasTile(strip: Strip, firstRow: i32, firstKey: i32, keys: i32, tile: usize): bool {
  let seen = false;
  // Behind this key a vector would read what does not exist.
  const whole = firstKey + ((min(strip.keyLength, firstKey + keys) - firstKey) & ~3);
  for (let r = 0; r < ROW_GROUP; ++r) {
    const row = firstRow + r;
    const exists = row < strip.rows;
    let to = tile + <usize>(r * KEY_BLOCK * 4);
    let piece = 0;
    for (let key = firstKey; key < firstKey + keys; key += 4) {
      let bias = v128.load32_splat(MINUS_INFINITY);
      if (exists && key < whole) {
        const distances = distancesOf(strip, row, key);
        const visible = visibleOf(strip, row, key, distances);
        if (v128.any_true(visible)) {
          seen = true;
          let values = entries(strip, distances, visible);
          if (isPiecewise(strip)) {
            const x = f32x4.mul(values, v128.load32_splat(strip.rowScale + ((<usize>row) << 2)));
            values = piecewiseFour(strip, x, visible, piece);
            piece = pieceOf(strip, f32x4.extract_lane(x, 3), piece);
          }
          bias = v128.bitselect(values, bias, visible);
        }
        v128.store(to, bias);
      } else {
        v128.store(to, bias);
        for (let n = 0; n < 4; ++n) {
          if (!exists || key + n >= strip.keyLength) continue;
          const distance = queryPosition(strip, row) - keyPosition(strip, key + n);
          if (distance < strip.minVisible || distance > strip.maxVisible || !sameSegment(strip, row, key + n)) continue;
          seen = true;
          store<f32>(to + ((<usize>n) << 2), biasAt(strip, row, distance, piece));
        }
      }
      to += 16;
    }
  }
  if (seen && isReproducible(strip) && isPiecewise(strip)) prepareTile(tile, keys, strip.biasFactor);
  return seen;
}

/** Of a row to four keys. */
function distancesOf(strip: Strip, row: i32, key: i32): v128 {
  const query = i32x4.splat(queryPosition(strip, row));
  if (strip.keyPositions) return i32x4.sub(query, v128.load(strip.keyPositions + ((<usize>key) << 2)));
  return i32x4.sub(i32x4.sub(query, i32x4.splat(strip.keyStart + key)), v128.load(COUNT));
}

/** All ones where the mask shows the pair. */
function visibleOf(strip: Strip, row: i32, key: i32, distances: v128): v128 {
  const near = i32x4.le_s(distances, i32x4.splat(strip.maxVisible));
  const visible = v128.and(near, i32x4.ge_s(distances, i32x4.splat(strip.minVisible)));
  if (!strip.querySegments) return visible;
  const segment = v128.load32_splat(strip.querySegments + ((<usize>row) << 2));
  return v128.and(visible, i32x4.eq(segment, v128.load(strip.keySegments + ((<usize>key) << 2))));
}

/** The table's entries for four distances, of which one at least is visible; anything where not. */
function entries(strip: Strip, distances: v128, visible: v128): v128 {
  if (!strip.table) return f32x4.splat(0);
  const from = i32x4.sub(i32x4.splat(strip.tableTop), distances);
  // Neighbours in the table, and next to a visible one: padding at most.
  if (isContiguous(strip)) return v128.load(strip.table + ((<isize>i32x4.extract_lane(from, 0)) << 2));
  // Elsewhere hidden pairs have distances that no table covers.
  const at = v128.and(from, visible);
  let values = v128.load32_zero(strip.table + ((<usize>i32x4.extract_lane(at, 0)) << 2));
  values = v128.load32_lane(strip.table + ((<usize>i32x4.extract_lane(at, 1)) << 2), values, 1);
  values = v128.load32_lane(strip.table + ((<usize>i32x4.extract_lane(at, 2)) << 2), values, 2);
  return v128.load32_lane(strip.table + ((<usize>i32x4.extract_lane(at, 3)) << 2), values, 3);
}

function biasAt(strip: Strip, row: i32, distance: i32, piece: i32): f32 {
  const value: f32 = strip.table ? load<f32>(strip.table + ((<usize>(strip.tableTop - distance)) << 2)) : 0;
  if (!isPiecewise(strip)) return value;
  return piecewise(strip, value * load<f32>(strip.rowScale + ((<usize>row) << 2)), piece);
}

function queryPosition(strip: Strip, row: i32): i32 {
  return strip.queryPositions ? load<i32>(strip.queryPositions + ((<usize>row) << 2)) : strip.queryStart + row;
}

function keyPosition(strip: Strip, key: i32): i32 {
  return strip.keyPositions ? load<i32>(strip.keyPositions + ((<usize>key) << 2)) : strip.keyStart + key;
}

function sameSegment(strip: Strip, row: i32, key: i32): bool {
  if (!strip.querySegments) return true;
  return load<i32>(strip.querySegments + ((<usize>row) << 2)) == load<i32>(strip.keySegments + ((<usize>key) << 2));
}
