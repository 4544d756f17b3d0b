// The strip loop: rows in strips of 96, keys in blocks of 64, one pass over the keys, nothing of size rows x keys. The pass begins
// where the position of the last query meets a key and goes into the past, then from there into the future: every row comes to the keys
// around its own position first, so that far blocks know what they would have to compare with.
//   pass 1  pack the queries of the strip, times scale
//   pass 2  per key block and group of rows: score tile, softmax tile, value tile
//   pass 3  divide by the row sums, write output and log-sum-exp
// The reproducible profile skips nothing, so that it begins with the first key; what it does otherwise is in reproducible.ts.
import { biasTile } from './bias-tile';
import { finishRows } from './finish';
import { scoreRow, scoreTile } from './generated/score-tile';
import { valueRow, valueTile } from './generated/value-tile';
import { ROW_GROUP } from './generated/variant';
import { endsByDistance, isContiguous, meetingKey, rangeBegin, rangeEnd } from './key-range';
import { isNegligible, putQueryNorms } from './negligible';
import { packPanels } from './pack';
import { beginBlock, beginRows, finishReproducible, foldKeys, keysAt, scoreComponents } from './reproducible';
import {
  BIAS,
  CELLS,
  GROUPS,
  PARTIALS,
  MAXIMA,
  NORMS,
  OUTPUT,
  ROW,
  RESCALE,
  SUMS,
  ZEROS,
  cellsOf,
  paddedColumns,
  queriesAt,
} from './scratch';
import { softcapTile } from './softcap';
import { NO_MAXIMUM, softmaxTile } from './softmax-tile';
import { FEW_ROWS, FORM_TOEPLITZ, KEY_BLOCK, KEY_PANEL, STRIP_ROWS, Strip, isReproducible } from './strip';

/** Attention of all rows of the strip. Rows without a visible key: output 0, log-sum-exp -Infinity. */
export function attend(strip: Strip): void {
  memory.fill(strip.scratch + ZEROS, 0, <usize>KEY_BLOCK * 4);
  for (let row = 0; row < strip.rows; row += STRIP_ROWS) {
    attendRows(strip, row, min(STRIP_ROWS, strip.rows - row));
  }
}

function attendRows(strip: Strip, firstRow: i32, rows: i32): void {
  const columns = paddedColumns(strip.valueDim);
  const output = strip.scratch + OUTPUT;
  let queries = strip.scratch + queriesAt(columns);
  // The reproducible profile scales when a score is whole.
  const scale: f32 = isReproducible(strip) ? 1 : strip.scale;
  const factor: f32 = strip.softcap > 0 ? scale / strip.softcap : scale;
  packPanels(strip.query + <usize>(firstRow * strip.headDim * 4), rows, strip.headDim, ROW_GROUP, factor, queries);
  memory.fill(output, 0, <usize>(rows * columns * 4));
  for (let at: usize = 0; at < <usize>(GROUPS * CELLS * 4); at += 16) {
    v128.store(strip.scratch + MAXIMA + at, f32x4.splat(NO_MAXIMUM));
    v128.store(strip.scratch + SUMS + at, f32x4.splat(0));
  }
  if (isReproducible(strip)) queries = beginRows(strip, rows);

  const begin = rangeBegin(strip, firstRow) & ~(KEY_BLOCK - 1);
  const end = rangeEnd(strip, firstRow + rows - 1);
  let middle = begin;
  if (strip.keyNorms) {
    putQueryNorms(queries, rows, strip.headDim, strip.scratch + NORMS);
    middle = max(begin, min(meetingKey(strip, firstRow + rows - 1), end - 1) & ~(KEY_BLOCK - 1));
  }
  for (let block = middle; block >= begin; block -= KEY_BLOCK)
    attendBlock(strip, firstRow, rows, block, queries, output, columns);
  for (let block = middle + KEY_BLOCK; block < end; block += KEY_BLOCK) {
    attendBlock(strip, firstRow, rows, block, queries, output, columns);
  }
  if (isReproducible(strip)) finishReproducible(strip, firstRow, rows, output);
  else finishRows(strip, firstRow, rows, output, columns);
}

function attendBlock(strip: Strip, firstRow: i32, rows: i32, block: i32, queries: usize, output: usize, columns: i32): void {
  if (isReproducible(strip)) {
    const from = max(block, rangeBegin(strip, firstRow) & ~(KEY_PANEL - 1));
    beginBlock(strip, from, min(block + KEY_BLOCK, rangeEnd(strip, firstRow + rows - 1)));
  }
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

  const capped = strip.softcap > 0;
  const added = capped ? strip.scratch + ZEROS : bias;
  const components = scoreComponents(strip);
  const q = queries + <usize>(row * components * 4);
  scoreRows(rows, q, keysAt(strip, from), components, added, capped ? 0 : biasStride, keys, scores);
  const target = output + <usize>(row * columns * 4);
  if (isReproducible(strip)) {
    foldKeys(strip, row, rows, from, to, keys, target);
    return;
  }
  if (capped) softcapTile(strip.softcap, bias, biasStride, keys, scores);
  const maxima = strip.scratch + MAXIMA + cellsOf(row);
  const sums = strip.scratch + SUMS + cellsOf(row);
  const rescale = strip.scratch + RESCALE;
  softmaxTile(scores, rows, keys, maxima, sums, rescale, strip.scratch + PARTIALS);

  const stride = <usize>(strip.valueStride * 4);
  const values = strip.values + <usize>from * stride;
  if (rows > FEW_ROWS) {
    valueTile(scores, values, stride, to - from, rescale, columns, target);
  } else {
    for (let r: usize = 0; r < <usize>rows; ++r) {
      valueRow(scores + r * ROW, values, stride, to - from, rescale + 4 * r, columns, target + r * <usize>(columns * 4));
    }
  }
}

function scoreRows(
  rows: i32,
  q: usize,
  k: usize,
  components: i32,
  bias: usize,
  biasStride: isize,
  keys: i32,
  scores: usize,
): void {
  if (rows > FEW_ROWS) {
    scoreTile(q, k, components, bias, biasStride, keys, scores);
    return;
  }
  for (let r = 0; r < rows; ++r) {
    scoreRow(q + 4 * <usize>r, k, components, bias + <isize>r * biasStride, 0, keys, scores + <usize>(r * ROW));
  }
}
