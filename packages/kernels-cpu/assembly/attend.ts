// The strip loop: rows in strips of 64, keys in blocks of 64, one pass over the keys, nothing of size rows x keys. The pass begins
// where query and key positions meet and goes outwards from there: far blocks then know what they would have to compare with.
//   pass 1  pack the queries of the strip, times scale
//   pass 2  per key block and group of 4 rows: score tile, softmax tile, value tile
//   pass 3  divide by the row sums, write output and log-sum-exp
import { FORM_TOEPLITZ, KEY_BLOCK, KEY_PANEL, ROW_GROUP, STRIP_ROWS, Strip } from './strip';
import { biasTile } from './bias-tile';
import { log } from './host';
import { endsByDistance, isContiguous, meetingKey, rangeBegin, rangeEnd } from './key-range';
import { isNegligible, putQueryNorms } from './negligible';
import { packPanels } from './pack';
import { scoreTile, softcapTile } from './score-tile';
import { NO_MAXIMUM, softmaxTile } from './softmax-tile';
import { valueTile } from './value-tile';

const TILE_BYTES: usize = ROW_GROUP * KEY_BLOCK * 4;

// Scratch memory, in order: score tile, bias tile, zeros [KEY_BLOCK], maxima and sums [STRIP_ROWS],
// query norms [STRIP_ROWS / ROW_GROUP] in float64, output, queries.
const BIAS: usize = TILE_BYTES;
const ZEROS: usize = BIAS + TILE_BYTES;
const MAXIMA: usize = ZEROS + KEY_BLOCK * 4;
const SUMS: usize = MAXIMA + STRIP_ROWS * 4;
const NORMS: usize = SUMS + STRIP_ROWS * 4;
const OUTPUT: usize = NORMS + (STRIP_ROWS / ROW_GROUP) * 8;

/** dv as the value tile takes it: the next multiple of 8. */
export function paddedColumns(dv: i32): i32 {
  return (dv + 7) & ~7;
}

/** Bytes of scratch memory that attend needs, whatever the number of rows and keys; f64, so that no size can overflow. */
export function scratchBytes(d: i32, dv: i32): f64 {
  return <f64>OUTPUT + <f64>(STRIP_ROWS * 4) * (<f64>d + <f64>paddedColumns(dv));
}

/** Attention of all rows of the strip. Rows without a visible key: output 0, log-sum-exp -Infinity. */
export function attend(strip: Strip): void {
  memory.fill(strip.scratch + ZEROS, 0, <usize>KEY_BLOCK * 4);
  for (let row = 0; row < strip.rows; row += STRIP_ROWS) {
    attendRows(strip, row, min(STRIP_ROWS, strip.rows - row));
  }
}

function attendRows(strip: Strip, firstRow: i32, rows: i32): void {
  const columns = paddedColumns(strip.dv);
  const output = strip.scratch + OUTPUT;
  const queries = output + <usize>(STRIP_ROWS * columns * 4);
  const factor: f32 = strip.softcap > 0 ? strip.scale / strip.softcap : strip.scale;
  packPanels(strip.query + <usize>(firstRow * strip.d * 4), rows, strip.d, ROW_GROUP, factor, queries);
  memory.fill(output, 0, <usize>(STRIP_ROWS * columns * 4));
  for (let row = 0; row < STRIP_ROWS; ++row) {
    store<f32>(strip.scratch + MAXIMA + ((<usize>row) << 2), NO_MAXIMUM);
    store<f32>(strip.scratch + SUMS + ((<usize>row) << 2), 0);
  }

  const begin = rangeBegin(strip, firstRow) & ~(KEY_BLOCK - 1);
  const end = rangeEnd(strip, firstRow + rows - 1);
  let middle = begin;
  if (strip.keyNorms) {
    putQueryNorms(queries, rows, strip.d, strip.scratch + NORMS);
    middle = max(begin, min(meetingKey(strip, firstRow), end - 1) & ~(KEY_BLOCK - 1));
  }
  for (let block = middle; block >= begin; block -= KEY_BLOCK)
    attendBlock(strip, firstRow, rows, block, queries, output, columns);
  for (let block = middle + KEY_BLOCK; block < end; block += KEY_BLOCK) {
    attendBlock(strip, firstRow, rows, block, queries, output, columns);
  }
  finishRows(strip, firstRow, rows, output, columns);
}

function attendBlock(strip: Strip, firstRow: i32, rows: i32, block: i32, queries: usize, output: usize, columns: i32): void {
  for (let row = 0; row < rows; row += ROW_GROUP) {
    const lastRow = firstRow + min(row + ROW_GROUP, rows) - 1;
    const from = max(block, rangeBegin(strip, firstRow + row) & ~(KEY_PANEL - 1));
    const to = min(block + KEY_BLOCK, rangeEnd(strip, lastRow));
    if (from >= to) continue;
    if (strip.keyNorms) {
      const queryNorm = load<f64>(strip.scratch + NORMS + ((<usize>(row / ROW_GROUP)) << 3));
      if (isNegligible(strip, firstRow + row, lastRow, from, to, queryNorm, strip.scratch + MAXIMA + ((<usize>row) << 2))) {
        strip.tilesSkipped += 1;
        continue;
      }
    }
    strip.tilesComputed += 1;
    attendTile(strip, firstRow, row, from, to, queries, output, columns);
  }
}

/** Keys from .. to - 1 (from a multiple of 8) for the 4 rows at firstRow + row. */
function attendTile(
  strip: Strip,
  firstRow: i32,
  row: i32,
  from: i32,
  to: i32,
  queries: usize,
  output: usize,
  columns: i32,
): void {
  const scores = strip.scratch;
  const keys = (to - from + KEY_PANEL - 1) & ~(KEY_PANEL - 1);
  const group = firstRow + row;
  let bias = strip.scratch + BIAS;
  let biasStride: isize = KEY_BLOCK * 4;
  const lastRow = min(group + ROW_GROUP, strip.rows) - 1;
  const inside = from + keys <= strip.keyLength || endsByDistance(strip, lastRow);
  if (inside && strip.form == FORM_TOEPLITZ && isContiguous(strip) && !strip.querySegments) {
    bias = strip.table + ((<isize>(strip.tableTop - (strip.queryStart + group) + strip.keyStart + from)) << 2);
    biasStride = -4;
  } else if (!biasTile(strip, group, from, keys, bias)) {
    return;
  }

  const q = queries + <usize>(row * strip.d * 4);
  const k = strip.packedKeys + <usize>(from * strip.d * 4);
  if (strip.softcap > 0) {
    scoreTile(q, k, strip.d, strip.scratch + ZEROS, 0, keys, scores);
    softcapTile(strip.softcap, bias, biasStride, keys, scores);
  } else {
    scoreTile(q, k, strip.d, bias, biasStride, keys, scores);
  }
  const cell = (<usize>row) << 2;
  const shrink = softmaxTile(scores, keys, strip.scratch + MAXIMA + cell, strip.scratch + SUMS + cell);
  const stride = <usize>(strip.valueStride * 4);
  valueTile(scores, strip.values + <usize>from * stride, stride, to - from, shrink, columns, output + <usize>(row * columns * 4));
}

function finishRows(strip: Strip, firstRow: i32, rows: i32, output: usize, columns: i32): void {
  for (let row = 0; row < rows; ++row) {
    const sum = load<f32>(strip.scratch + SUMS + ((<usize>row) << 2));
    const factor: f32 = sum == 0 ? 0 : 1 / sum;
    const from = output + <usize>(row * columns * 4);
    const to = strip.output + <usize>((firstRow + row) * strip.dv * 4);
    for (let column: usize = 0; column < <usize>strip.dv * 4; column += 4) {
      store<f32>(to + column, load<f32>(from + column) * factor);
    }
    if (strip.logSumExp) {
      const maximum = load<f32>(strip.scratch + MAXIMA + ((<usize>row) << 2));
      const value: f32 = sum == 0 ? -Infinity : <f32>(<f64>maximum + log(<f64>sum));
      store<f32>(strip.logSumExp + <usize>((firstRow + row) * 4), value);
    }
  }
}
