// The bias tile: bias and mask of a group of rows x up to 64 keys, for all cases that cannot read a table slice in place: explicit positions,
// segments, piecewise-linear bias, and the last keys of a sequence.
import { ROW_GROUP } from './generated/variant';
import { isContiguous } from './key-range';
import { isPiecewise, pieceOf, piecewise, piecewiseFour } from './piecewise';
import { prepareTile } from './prepared-bias';
import { KEY_BLOCK, RowBlock, isReproducible } from './row-block';

/** In memory and loaded at each use, because V8 rebuilds a constant vector wherever a loop uses it. */
const COUNT: usize = memory.data<i32>([0, 1, 2, 3]);
const MINUS_INFINITY: usize = memory.data<f32>([-Infinity]);

/**
 * Writes the bias, -Infinity where masked, of the group of rows from firstRow on and of keys firstKey .. firstKey + keys - 1 to tile
 * [ROW_GROUP, KEY_BLOCK]; keys is a multiple of 4. Rows and keys that do not exist are masked. Returns whether anything is visible.
 */
export function biasTile(rowBlock: RowBlock, firstRow: i32, firstKey: i32, keys: i32, tile: usize): bool {
  let seen = false;
  // From this key on, a vector load would read past the last key.
  const whole = firstKey + ((min(rowBlock.keyLength, firstKey + keys) - firstKey) & ~3);
  for (let r = 0; r < ROW_GROUP; ++r) {
    const row = firstRow + r;
    const exists = row < rowBlock.rows;
    let to = tile + <usize>(r * KEY_BLOCK * 4);
    let piece = 0;
    for (let key = firstKey; key < firstKey + keys; key += 4) {
      let bias = v128.load32_splat(MINUS_INFINITY);
      if (exists && key < whole) {
        const distances = distancesOf(rowBlock, row, key);
        const visible = visibleOf(rowBlock, row, key, distances);
        if (v128.any_true(visible)) {
          seen = true;
          let values = entries(rowBlock, distances, visible);
          if (isPiecewise(rowBlock)) {
            const x = f32x4.mul(values, v128.load32_splat(rowBlock.rowScale + ((<usize>row) << 2)));
            values = piecewiseFour(rowBlock, x, visible, piece);
            piece = pieceOf(rowBlock, f32x4.extract_lane(x, 3), piece);
          }
          bias = v128.bitselect(values, bias, visible);
        }
        v128.store(to, bias);
      } else {
        v128.store(to, bias);
        for (let n = 0; n < 4; ++n) {
          if (!exists || key + n >= rowBlock.keyLength) continue;
          const distance = queryPosition(rowBlock, row) - keyPosition(rowBlock, key + n);
          if (distance < rowBlock.minVisible || distance > rowBlock.maxVisible || !sameSegment(rowBlock, row, key + n)) continue;
          seen = true;
          store<f32>(to + ((<usize>n) << 2), biasAt(rowBlock, row, distance, piece));
        }
      }
      to += 16;
    }
  }
  if (seen && isReproducible(rowBlock) && isPiecewise(rowBlock)) prepareTile(tile, keys, rowBlock.biasFactor);
  return seen;
}

/** The distances of a row to four keys. */
function distancesOf(rowBlock: RowBlock, row: i32, key: i32): v128 {
  const query = i32x4.splat(queryPosition(rowBlock, row));
  if (rowBlock.keyPositions) return i32x4.sub(query, v128.load(rowBlock.keyPositions + ((<usize>key) << 2)));
  return i32x4.sub(i32x4.sub(query, i32x4.splat(rowBlock.keyStart + key)), v128.load(COUNT));
}

/** All ones where the mask shows the pair. */
function visibleOf(rowBlock: RowBlock, row: i32, key: i32, distances: v128): v128 {
  const near = i32x4.le_s(distances, i32x4.splat(rowBlock.maxVisible));
  const visible = v128.and(near, i32x4.ge_s(distances, i32x4.splat(rowBlock.minVisible)));
  if (!rowBlock.querySegments) return visible;
  const segment = v128.load32_splat(rowBlock.querySegments + ((<usize>row) << 2));
  return v128.and(visible, i32x4.eq(segment, v128.load(rowBlock.keySegments + ((<usize>key) << 2))));
}

/** The table entries of four distances, at least one of them visible. Lanes of hidden pairs hold anything. */
function entries(rowBlock: RowBlock, distances: v128, visible: v128): v128 {
  if (!rowBlock.table) return f32x4.splat(0);
  const from = i32x4.sub(i32x4.splat(rowBlock.tableTop), distances);
  // The entries are adjacent, and one is visible, so the load reads at most padding.
  if (isContiguous(rowBlock)) return v128.load(rowBlock.table + ((<isize>i32x4.extract_lane(from, 0)) << 2));
  // With explicit positions, hidden pairs may have distances outside the table.
  const at = v128.and(from, visible);
  let values = v128.load32_zero(rowBlock.table + ((<usize>i32x4.extract_lane(at, 0)) << 2));
  values = v128.load32_lane(rowBlock.table + ((<usize>i32x4.extract_lane(at, 1)) << 2), values, 1);
  values = v128.load32_lane(rowBlock.table + ((<usize>i32x4.extract_lane(at, 2)) << 2), values, 2);
  return v128.load32_lane(rowBlock.table + ((<usize>i32x4.extract_lane(at, 3)) << 2), values, 3);
}

function biasAt(rowBlock: RowBlock, row: i32, distance: i32, piece: i32): f32 {
  const value: f32 = rowBlock.table ? load<f32>(rowBlock.table + ((<usize>(rowBlock.tableTop - distance)) << 2)) : 0;
  if (!isPiecewise(rowBlock)) return value;
  return piecewise(rowBlock, value * load<f32>(rowBlock.rowScale + ((<usize>row) << 2)), piece);
}

function queryPosition(rowBlock: RowBlock, row: i32): i32 {
  return rowBlock.queryPositions ? load<i32>(rowBlock.queryPositions + ((<usize>row) << 2)) : rowBlock.queryStart + row;
}

function keyPosition(rowBlock: RowBlock, key: i32): i32 {
  return rowBlock.keyPositions ? load<i32>(rowBlock.keyPositions + ((<usize>key) << 2)) : rowBlock.keyStart + key;
}

function sameSegment(rowBlock: RowBlock, row: i32, key: i32): bool {
  if (!rowBlock.querySegments) return true;
  return load<i32>(rowBlock.querySegments + ((<usize>row) << 2)) == load<i32>(rowBlock.keySegments + ((<usize>key) << 2));
}
