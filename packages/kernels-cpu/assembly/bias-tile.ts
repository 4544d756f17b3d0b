// The bias tile: bias and mask of 4 rows x up to 64 keys, for every case that cannot read a table slice in place:
// explicit positions, segments, the piecewise-linear form, and the last keys of a sequence.
import { ROW_GROUP } from './generated/variant';
import { FORM_PIECEWISE, KEY_BLOCK, Strip } from './strip';

/**
 * Writes the bias, -Infinity where masked, of rows firstRow .. firstRow + 3 and keys firstKey .. firstKey + keys - 1
 * to tile [4, KEY_BLOCK]. Rows and keys that do not exist are masked. Returns whether anything is visible.
 */
export function biasTile(strip: Strip, firstRow: i32, firstKey: i32, keys: i32, tile: usize): bool {
  let seen = false;
  for (let r = 0; r < ROW_GROUP; ++r) {
    const row = firstRow + r;
    const to = tile + <usize>(r * KEY_BLOCK * 4);
    const exists = row < strip.rows;
    let piece = 0;
    for (let n = 0; n < keys; ++n) {
      const key = firstKey + n;
      let bias: f32 = -Infinity;
      if (exists && key < strip.keyLength) {
        const distance = queryPosition(strip, row) - keyPosition(strip, key);
        if (distance >= strip.minVisible && distance <= strip.maxVisible && sameSegment(strip, row, key)) {
          bias = strip.table ? load<f32>(strip.table + ((<usize>(strip.tableTop - distance)) << 2)) : 0;
          if (strip.form == FORM_PIECEWISE) {
            const x = bias * load<f32>(strip.rowScale + ((<usize>row) << 2));
            piece = findPiece(strip, x, piece);
            const at = (<usize>piece) << 2;
            bias = load<f32>(strip.slopes + at) * x + load<f32>(strip.intercepts + at);
          }
          seen = true;
        }
      }
      store<f32>(to + ((<usize>n) << 2), bias);
    }
  }
  return seen;
}

/** The number of breaks < x, walked to from the piece of the neighbour: along a row x moves slowly. */
function findPiece(strip: Strip, x: f32, start: i32): i32 {
  let piece = start;
  while (piece < strip.breakCount && load<f32>(strip.breaks + ((<usize>piece) << 2)) < x) ++piece;
  while (piece > 0 && !(load<f32>(strip.breaks + ((<usize>(piece - 1)) << 2)) < x)) --piece;
  return piece;
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
