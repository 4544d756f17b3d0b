// The main loop: row blocks of 96 rows, key blocks of 64 keys, one pass over the keys, and no array of size rows x keys. The pass starts at the
// key with the position of the last query and goes backwards, then from there forwards: every row meets the keys around its own position first,
// so the running maximum is high when far blocks are tested for skipping.
//   step 1  pack the queries of the row block, times scale
//   step 2  per key block and group of rows: score tile, softmax tile, value tile
//   step 3  divide by the row sums, write output and log-sum-exp
// The reproducible profile skips nothing, so it starts with the first key; reproducible.ts has its other differences.
import { biasTile } from './bias-tile';
import { finishRows } from './finish';
import { scoreRow, scoreTile } from './generated/score-tile';
import { valueRow, valueTile } from './generated/value-tile';
import { ROW_GROUP } from './generated/variant';
import { endsByDistance, isContiguous, keyAtRow, rangeBegin, rangeEnd } from './key-range';
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
import { FEW_ROWS, FORM_TOEPLITZ, KEY_BLOCK, KEY_PANEL, ROWS_PER_BLOCK, RowBlock, isReproducible } from './row-block';

/** Attention of all rows of the row block. Rows without a visible key get output 0 and log-sum-exp -Infinity. */
export function attend(rowBlock: RowBlock): void {
  memory.fill(rowBlock.scratch + ZEROS, 0, <usize>KEY_BLOCK * 4);
  for (let row = 0; row < rowBlock.rows; row += ROWS_PER_BLOCK) {
    attendRows(rowBlock, row, min(ROWS_PER_BLOCK, rowBlock.rows - row));
  }
}

function attendRows(rowBlock: RowBlock, firstRow: i32, rows: i32): void {
  const columns = paddedColumns(rowBlock.valueDim);
  const output = rowBlock.scratch + OUTPUT;
  let queries = rowBlock.scratch + queriesAt(columns);
  // The reproducible profile scales complete scores instead of queries.
  const scale: f32 = isReproducible(rowBlock) ? 1 : rowBlock.scale;
  const factor: f32 = rowBlock.softcap > 0 ? scale / rowBlock.softcap : scale;
  packPanels(rowBlock.query + <usize>(firstRow * rowBlock.headDim * 4), rows, rowBlock.headDim, ROW_GROUP, factor, queries);
  memory.fill(output, 0, <usize>(rows * columns * 4));
  for (let at: usize = 0; at < <usize>(GROUPS * CELLS * 4); at += 16) {
    v128.store(rowBlock.scratch + MAXIMA + at, f32x4.splat(NO_MAXIMUM));
    v128.store(rowBlock.scratch + SUMS + at, f32x4.splat(0));
  }
  if (isReproducible(rowBlock)) queries = beginRows(rowBlock, rows);

  const begin = rangeBegin(rowBlock, firstRow) & ~(KEY_BLOCK - 1);
  const end = rangeEnd(rowBlock, firstRow + rows - 1);
  let middle = begin;
  if (rowBlock.keyNorms) {
    putQueryNorms(queries, rows, rowBlock.headDim, rowBlock.scratch + NORMS);
    middle = max(begin, min(keyAtRow(rowBlock, firstRow + rows - 1), end - 1) & ~(KEY_BLOCK - 1));
  }
  for (let block = middle; block >= begin; block -= KEY_BLOCK)
    attendBlock(rowBlock, firstRow, rows, block, queries, output, columns);
  for (let block = middle + KEY_BLOCK; block < end; block += KEY_BLOCK) {
    attendBlock(rowBlock, firstRow, rows, block, queries, output, columns);
  }
  if (isReproducible(rowBlock)) finishReproducible(rowBlock, firstRow, rows, output);
  else finishRows(rowBlock, firstRow, rows, output, columns);
}

function attendBlock(
  rowBlock: RowBlock,
  firstRow: i32,
  rows: i32,
  block: i32,
  queries: usize,
  output: usize,
  columns: i32,
): void {
  if (isReproducible(rowBlock)) {
    const from = max(block, rangeBegin(rowBlock, firstRow) & ~(KEY_PANEL - 1));
    beginBlock(rowBlock, from, min(block + KEY_BLOCK, rangeEnd(rowBlock, firstRow + rows - 1)));
  }
  for (let row = 0; row < rows; row += ROW_GROUP) {
    const lastRow = firstRow + min(row + ROW_GROUP, rows) - 1;
    const from = max(block, rangeBegin(rowBlock, firstRow + row) & ~(KEY_PANEL - 1));
    const to = min(block + KEY_BLOCK, rangeEnd(rowBlock, lastRow));
    if (from >= to) continue;
    if (rowBlock.keyNorms) {
      const queryNorm = load<f64>(rowBlock.scratch + NORMS + ((<usize>(row / ROW_GROUP)) << 3));
      if (isNegligible(rowBlock, firstRow + row, lastRow, from, to, queryNorm, rowBlock.scratch + MAXIMA + cellsOf(row))) {
        rowBlock.tilesSkipped += 1;
        continue;
      }
    }
    rowBlock.tilesComputed += 1;
    attendTile(rowBlock, firstRow, row, from, to, queries, output, columns);
  }
}

/** Processes keys from .. to - 1 (from is a multiple of 8) for the group of rows at firstRow + row. */
function attendTile(
  rowBlock: RowBlock,
  firstRow: i32,
  row: i32,
  from: i32,
  to: i32,
  queries: usize,
  output: usize,
  columns: i32,
): void {
  const scores = rowBlock.scratch;
  const keys = (to - from + KEY_PANEL - 1) & ~(KEY_PANEL - 1);
  const group = firstRow + row;
  const rows = min(ROW_GROUP, rowBlock.rows - group);
  let bias = rowBlock.scratch + BIAS;
  let biasStride: isize = ROW;
  const inside = from + keys <= rowBlock.keyLength || endsByDistance(rowBlock, group + rows - 1);
  if (inside && rowBlock.form == FORM_TOEPLITZ && isContiguous(rowBlock) && !rowBlock.querySegments) {
    bias = rowBlock.table + ((<isize>(rowBlock.tableTop - (rowBlock.queryStart + group) + rowBlock.keyStart + from)) << 2);
    biasStride = -4;
  } else if (!biasTile(rowBlock, group, from, keys, bias)) {
    return;
  }

  const capped = rowBlock.softcap > 0;
  const added = capped ? rowBlock.scratch + ZEROS : bias;
  const components = scoreComponents(rowBlock);
  const q = queries + <usize>(row * components * 4);
  scoreRows(rows, q, keysAt(rowBlock, from), components, added, capped ? 0 : biasStride, keys, scores);
  const target = output + <usize>(row * columns * 4);
  if (isReproducible(rowBlock)) {
    foldKeys(rowBlock, row, rows, from, to, keys, target);
    return;
  }
  if (capped) softcapTile(rowBlock.softcap, bias, biasStride, keys, scores);
  const maxima = rowBlock.scratch + MAXIMA + cellsOf(row);
  const sums = rowBlock.scratch + SUMS + cellsOf(row);
  const rescale = rowBlock.scratch + RESCALE;
  softmaxTile(scores, rows, keys, maxima, sums, rescale, rowBlock.scratch + PARTIALS);

  const stride = <usize>(rowBlock.valueStride * 4);
  const values = rowBlock.values + <usize>from * stride;
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
