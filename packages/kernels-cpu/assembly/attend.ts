// The strip loop: rows in strips of 96, keys in blocks of 64, one pass over the keys, nothing of size rows x keys. The pass begins
// where the position of the last query meets a key and goes into the past, then from there into the future: every row comes to the keys
// around its own position first, so that far blocks know what they would have to compare with.
//   pass 1  pack the queries of the strip, times scale
//   pass 2  per key block and group of rows: score tile, softmax tile, value tile
//   pass 3  divide by the row sums, write output and log-sum-exp
import { FORM_TOEPLITZ, KEY_BLOCK, KEY_PANEL, STRIP_ROWS, Strip } from './strip';
import { biasTile } from './bias-tile';
import { scoreRow, scoreTile } from './generated/score-tile';
import { valueRow, valueTile } from './generated/value-tile';
import { ROW_GROUP } from './generated/variant';
import { log } from './host';
import { endsByDistance, isContiguous, meetingKey, rangeBegin, rangeEnd } from './key-range';
import { isNegligible, putQueryNorms } from './negligible';
import { packPanels } from './pack';
import { softcapTile } from './softcap';
import { NO_MAXIMUM, softmaxScratch, softmaxTile } from './softmax-tile';

/** Up to so many rows are computed one by one: as a group they would cost as much as ROW_GROUP of them. */
const FEW_ROWS: i32 = 2;

const ROW = KEY_BLOCK * 4;
/** Rows of a group as the softmax takes them: the next multiple of four. */
const CELLS: i32 = (ROW_GROUP + 3) & ~3;
const GROUPS: i32 = STRIP_ROWS / ROW_GROUP;

// Scratch memory, in order: score tile, bias tile, zeros [KEY_BLOCK], what the softmax keeps for one tile, its factors [CELLS],
// maxima and sums [GROUPS, CELLS], query norms [GROUPS] in float64, output and queries [STRIP_ROWS].
const BIAS: usize = ROW_GROUP * ROW;
const ZEROS: usize = BIAS + ROW_GROUP * ROW;
const LANES: usize = ZEROS + KEY_BLOCK * 4;
const SHRINK: usize = LANES + softmaxScratch(CELLS);
const MAXIMA: usize = SHRINK + CELLS * 4;
const SUMS: usize = MAXIMA + GROUPS * CELLS * 4;
const NORMS: usize = SUMS + GROUPS * CELLS * 4;
const OUTPUT: usize = (NORMS + GROUPS * 8 + 63) & ~63;

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
  memory.fill(output, 0, <usize>(rows * columns * 4));
  for (let at: usize = 0; at < <usize>(GROUPS * CELLS * 4); at += 16) {
    v128.store(strip.scratch + MAXIMA + at, f32x4.splat(NO_MAXIMUM));
    v128.store(strip.scratch + SUMS + at, f32x4.splat(0));
  }

  const begin = rangeBegin(strip, firstRow) & ~(KEY_BLOCK - 1);
  const end = rangeEnd(strip, firstRow + rows - 1);
  let middle = begin;
  if (strip.keyNorms) {
    putQueryNorms(queries, rows, strip.d, strip.scratch + NORMS);
    middle = max(begin, min(meetingKey(strip, firstRow + rows - 1), end - 1) & ~(KEY_BLOCK - 1));
  }
  for (let block = middle; block >= begin; block -= KEY_BLOCK)
    attendBlock(strip, firstRow, rows, block, queries, output, columns);
  for (let block = middle + KEY_BLOCK; block < end; block += KEY_BLOCK) {
    attendBlock(strip, firstRow, rows, block, queries, output, columns);
  }
  finishRows(strip, firstRow, rows, output, columns);
}

/** Where the maxima, or the sums, of the group that begins at `row` of the strip lie behind those of the first. */
function cellsOf(row: i32): usize {
  return <usize>((row / ROW_GROUP) * CELLS * 4);
}

function attendBlock(strip: Strip, firstRow: i32, rows: i32, block: i32, queries: usize, output: usize, columns: i32): void {
  for (let row = 0; row < rows; row += ROW_GROUP) {
    const lastRow = firstRow + min(row + ROW_GROUP, rows) - 1;
    const from = max(block, rangeBegin(strip, firstRow + row) & ~(KEY_PANEL - 1));
    const to = min(block + KEY_BLOCK, rangeEnd(strip, lastRow));
    if (from >= to) continue;
    if (strip.keyNorms) {
      const queryNorm = load<f64>(strip.scratch + NORMS + ((<usize>(row / ROW_GROUP)) << 3));
      if (isNegligible(strip, firstRow + row, lastRow, from, to, queryNorm, strip.scratch + MAXIMA + cellsOf(row))) {
        strip.tilesSkipped += 1;
        continue;
      }
    }
    strip.tilesComputed += 1;
    attendTile(strip, firstRow, row, from, to, queries, output, columns);
  }
}

/** Keys from .. to - 1 (from a multiple of 8) for the group of rows at firstRow + row. */
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
  const rows = min(ROW_GROUP, strip.rows - group);
  let bias = strip.scratch + BIAS;
  let biasStride: isize = ROW;
  const inside = from + keys <= strip.keyLength || endsByDistance(strip, group + rows - 1);
  if (inside && strip.form == FORM_TOEPLITZ && isContiguous(strip) && !strip.querySegments) {
    bias = strip.table + ((<isize>(strip.tableTop - (strip.queryStart + group) + strip.keyStart + from)) << 2);
    biasStride = -4;
  } else if (!biasTile(strip, group, from, keys, bias)) {
    return;
  }

  const q = queries + <usize>(row * strip.d * 4);
  const k = strip.packedKeys + <usize>(from * strip.d * 4);
  if (strip.softcap > 0) {
    scoreRows(rows, q, k, strip.d, strip.scratch + ZEROS, 0, keys, scores);
    softcapTile(strip.softcap, bias, biasStride, keys, scores);
  } else {
    scoreRows(rows, q, k, strip.d, bias, biasStride, keys, scores);
  }
  const maxima = strip.scratch + MAXIMA + cellsOf(row);
  const sums = strip.scratch + SUMS + cellsOf(row);
  const shrink = strip.scratch + SHRINK;
  softmaxTile(scores, rows, keys, maxima, sums, shrink, strip.scratch + LANES);

  const stride = <usize>(strip.valueStride * 4);
  const values = strip.values + <usize>from * stride;
  const target = output + <usize>(row * columns * 4);
  if (rows > FEW_ROWS) {
    valueTile(scores, values, stride, to - from, shrink, columns, target);
  } else {
    for (let r: usize = 0; r < <usize>rows; ++r) {
      valueRow(scores + r * ROW, values, stride, to - from, shrink + 4 * r, columns, target + r * <usize>(columns * 4));
    }
  }
}

function scoreRows(rows: i32, q: usize, k: usize, d: i32, bias: usize, biasStride: isize, keys: i32, scores: usize): void {
  if (rows > FEW_ROWS) {
    scoreTile(q, k, d, bias, biasStride, keys, scores);
    return;
  }
  for (let r = 0; r < rows; ++r) {
    scoreRow(q + 4 * <usize>r, k, d, bias + <isize>r * biasStride, 0, keys, scores + <usize>(r * ROW));
  }
}

function finishRows(strip: Strip, firstRow: i32, rows: i32, output: usize, columns: i32): void {
  for (let row = 0; row < rows; ++row) {
    const cell = cellsOf(row) + ((<usize>(row % ROW_GROUP)) << 2);
    const sum = load<f32>(strip.scratch + SUMS + cell);
    const factor: f32 = sum == 0 ? 0 : 1 / sum;
    let from = output + <usize>(row * columns * 4);
    let to = strip.output + <usize>((firstRow + row) * strip.dv * 4);
    const end = to + <usize>strip.dv * 4;
    for (const factors = f32x4.splat(factor); to + 16 <= end; to += 16, from += 16) {
      v128.store(to, f32x4.mul(v128.load(from), factors));
    }
    for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from) * factor);
    if (strip.logSumExp) {
      const maximum = load<f32>(strip.scratch + MAXIMA + cell);
      const value: f32 = sum == 0 ? -Infinity : <f32>(<f64>maximum + log(<f64>sum));
      store<f32>(strip.logSumExp + <usize>((firstRow + row) * 4), value);
    }
  }
}
