// The differences of the reproducible profile within a row block: inputs are clamped and split before they are multiplied, tiles are folded, and the
// last step differs. Key ranges, score tile and bias tile are those of the fast profile: products are exact, so the sums are the profile's, and a
// bias of -Infinity saturates at the smallest logit, as -2^100 does.
import { canonicalise, splitScores, splitValues } from './canonical';
import { foldTile, valueRow } from './generated/value-tile';
import { ROW_GROUP } from './generated/variant';
import { FLUSH_BELOW, ROW_MAX_FLOOR, rescaled } from './rescaling';
import {
  CELLS,
  GROUPS,
  MAXIMA,
  SUMS,
  ZEROS,
  cellsOf,
  foldAt,
  keyPiecesAt,
  paddedColumns,
  queriesAt,
  queryPiecesAt,
  rowSumAt,
  valuePiecesAt,
  weightsAt,
} from './scratch';
import { FEW_ROWS, KEY_BLOCK, KEY_PANEL, RowBlock } from './row-block';
import { WEIGHT_ROW, after, floors, weightTile } from './weight-tile';

/** The components of a score: three times headDim if queries and keys are split in two pieces. */
export function scoreComponents(rowBlock: RowBlock): i32 {
  return rowBlock.splitScores ? 3 * rowBlock.headDim : rowBlock.headDim;
}

/** Clamps the packed queries and initialises the sums of a row block. Returns the address of the queries. */
export function beginRows(rowBlock: RowBlock, rows: i32): usize {
  for (let at: usize = 0; at < <usize>(GROUPS * CELLS * 4); at += 16) {
    v128.store(rowBlock.scratch + MAXIMA + at, i32x4.splat(ROW_MAX_FLOOR));
  }
  const columns = paddedColumns(rowBlock.valueDim);
  const queries = rowBlock.scratch + queriesAt(columns);
  const packed = ((rows + ROW_GROUP - 1) / ROW_GROUP) * rowBlock.headDim;
  canonicalise(queries, packed * ROW_GROUP, rowBlock.queryLeast, rowBlock.queryLimit);
  if (!rowBlock.splitScores) return queries;
  const pieces = rowBlock.scratch + queryPiecesAt(rowBlock.headDim, columns);
  splitScores(queries, packed, ROW_GROUP, false, pieces);
  return pieces;
}

/** Splits the keys and values from .. to - 1 of a block, if the profile splits them; from is a multiple of 8. */
export function beginBlock(rowBlock: RowBlock, from: i32, to: i32): void {
  if (rowBlock.splitScores) {
    const panels = (to - from + KEY_PANEL - 1) / KEY_PANEL;
    splitScores(
      rowBlock.packedKeys + <usize>from * <usize>rowBlock.headDim * 4,
      panels * rowBlock.headDim,
      KEY_PANEL,
      true,
      keysAt(rowBlock, from),
    );
  }
  if (rowBlock.splitValues) {
    const columns = paddedColumns(rowBlock.valueDim);
    splitValues(rowBlock.values + <usize>from * <usize>columns * 4, to - from, columns, valuesAt(rowBlock, from));
  }
}

/** The address of the keys from `from` on, for the score tile. */
export function keysAt(rowBlock: RowBlock, from: i32): usize {
  if (!rowBlock.splitScores) return rowBlock.packedKeys + <usize>from * <usize>rowBlock.headDim * 4;
  const inBlock = <usize>(from & (KEY_BLOCK - 1));
  return (
    rowBlock.scratch + keyPiecesAt(rowBlock.headDim, paddedColumns(rowBlock.valueDim)) + inBlock * <usize>rowBlock.headDim * 12
  );
}

/** The address of the values from `from` on, for the value tile. */
function valuesAt(rowBlock: RowBlock, from: i32): usize {
  const columns = paddedColumns(rowBlock.valueDim);
  if (!rowBlock.splitValues) return rowBlock.values + <usize>from * <usize>columns * 4;
  return rowBlock.scratch + valuePiecesAt(rowBlock.headDim, columns) + <usize>(from & (KEY_BLOCK - 1)) * <usize>columns * 12;
}

/** Folds the keys from .. to - 1 into the rows of the group at `row`. The scores of `keys` keys from `from` on are at `rowBlock.scratch`. */
export function foldKeys(rowBlock: RowBlock, row: i32, rows: i32, from: i32, to: i32, keys: i32, output: usize): void {
  const columns = paddedColumns(rowBlock.valueDim);
  const fold = rowBlock.scratch + foldAt(rowBlock.headDim, columns);
  const weights = rowBlock.scratch + weightsAt(rowBlock.headDim, columns);
  const copies = rowBlock.splitValues ? 3 : 1;
  weightTile(
    rowBlock.scratch,
    rows,
    keys,
    CELLS,
    rowBlock.logitScale,
    rowBlock.weightBits,
    copies,
    rowBlock.scratch + MAXIMA + cellsOf(row),
    rowBlock.scratch + SUMS + cellsOf(row),
    fold,
    weights,
    columns,
    output,
  );
  const values = valuesAt(rowBlock, from);
  const stride = <usize>columns * 4;
  const factors = fold + after(CELLS);
  const floorsOfRows = fold + floors(CELLS);
  const count = (to - from) * copies;
  if (rows > FEW_ROWS) {
    foldTile(weights, values, stride, count, factors, floorsOfRows, columns, output);
    return;
  }
  const own = rowBlock.scratch + rowSumAt(rowBlock.headDim, columns);
  for (let r: usize = 0; r < <usize>rows; ++r) {
    memory.fill(own, 0, stride);
    valueRow(weights + r * <usize>WEIGHT_ROW, values, stride, count, rowBlock.scratch + ZEROS, columns, own);
    const factor = v128.load32_splat(factors + 4 * r);
    const floor = v128.load32_splat(floorsOfRows + 4 * r);
    for (let at: usize = 0; at < stride; at += 16) {
      const to = output + r * stride + at;
      v128.store(to, f32x4.add(v128.load(to), rescaled(v128.load(own + at), factor, floor)));
    }
  }
}

/** Divides by the row sums and writes output and log-sum-exp. Rule 10. */
export function finishReproducible(rowBlock: RowBlock, firstRow: i32, rows: i32, output: usize): void {
  const columns = paddedColumns(rowBlock.valueDim);
  for (let row = 0; row < rows; ++row) {
    const cell = cellsOf(row) + ((<usize>(row % ROW_GROUP)) << 2);
    const sum = load<f32>(rowBlock.scratch + SUMS + cell);
    const reciprocal: f32 = sum > 0 ? 1 / sum : 0;
    let from = output + <usize>(row * columns * 4);
    let to = rowBlock.output + <usize>((firstRow + row) * rowBlock.valueDim * 4);
    const end = to + <usize>rowBlock.valueDim * 4;
    const floor = f32x4.splat(FLUSH_BELOW);
    for (const factors = f32x4.splat(reciprocal); to + 16 <= end; to += 16, from += 16) {
      const x = v128.load(from);
      v128.store(to, v128.andnot(f32x4.mul(x, factors), f32x4.lt(f32x4.abs(x), floor)));
    }
    for (; to < end; to += 4, from += 4) {
      const x = load<f32>(from);
      store<f32>(to, abs(x) < FLUSH_BELOW ? 0 : x * reciprocal);
    }
    if (rowBlock.logSumExp) {
      store<f32>(rowBlock.logSumExp + <usize>((firstRow + row) * 4), logSumExp(sum, load<i32>(rowBlock.scratch + MAXIMA + cell)));
    }
  }
}

/** 1, 1/3, 1/5, ..., 1/21. */
const SERIES: usize = memory.data<f64>([
  1.0,
  1.0 / 3.0,
  1.0 / 5.0,
  1.0 / 7.0,
  1.0 / 9.0,
  1.0 / 11.0,
  1.0 / 13.0,
  1.0 / 15.0,
  1.0 / 17.0,
  1.0 / 19.0,
  1.0 / 21.0,
]);

/** ln(sum * 2^rowMax) in float64, whose sums, products and quotients are the same on every machine. Rule 11. */
function logSumExp(sum: f32, rowMax: i32): f32 {
  if (sum == 0) return -Infinity;
  const word = reinterpret<i32>(sum);
  let exponent = (word >>> 23) - 127;
  let u: f64 = reinterpret<f32>((word & 0x7fffff) | 0x3f800000);
  if (u > Math.SQRT2) {
    u /= 2;
    exponent++;
  }
  const s = (u - 1) / (u + 1);
  const z = s * s;
  let series: f64 = 0;
  for (let i = 10; i >= 0; i--) series = series * z + load<f64>(SERIES + ((<usize>i) << 3));
  return <f32>(<f64>(rowMax + exponent) * Math.LN2 + 2 * s * series);
}
