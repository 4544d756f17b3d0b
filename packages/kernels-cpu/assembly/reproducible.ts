// What a strip does otherwise in the reproducible profile: numbers canonical and in pieces before they are multiplied, tiles that are folded,
// and a last step of its own. Which keys a row sees, the score tile and the bias tile are those of the fast profile: products are
// exact, so that its sums are the profile's, and a bias of -Infinity ends at the least logit as -2^100 does.
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
import { FEW_ROWS, KEY_BLOCK, KEY_PANEL, Strip } from './strip';
import { WEIGHT_ROW, after, floors, weightTile } from './weight-tile';

/** Components of a score: each counts three times where queries and keys come in two pieces. */
export function scoreComponents(strip: Strip): i32 {
  return strip.splitScores ? 3 * strip.headDim : strip.headDim;
}

/** Makes packed queries canonical and begins the sums of a strip; returns where the queries lie now. */
export function beginRows(strip: Strip, rows: i32): usize {
  for (let at: usize = 0; at < <usize>(GROUPS * CELLS * 4); at += 16) {
    v128.store(strip.scratch + MAXIMA + at, i32x4.splat(ROW_MAX_FLOOR));
  }
  const columns = paddedColumns(strip.valueDim);
  const queries = strip.scratch + queriesAt(columns);
  const packed = ((rows + ROW_GROUP - 1) / ROW_GROUP) * strip.headDim;
  canonicalise(queries, packed * ROW_GROUP, strip.queryLeast, strip.queryLimit);
  if (!strip.splitScores) return queries;
  const pieces = strip.scratch + queryPiecesAt(strip.headDim, columns);
  splitScores(queries, packed, ROW_GROUP, false, pieces);
  return pieces;
}

/** Splits the keys and values of a block, from .. to - 1, where they are to be split; from is a multiple of 8. */
export function beginBlock(strip: Strip, from: i32, to: i32): void {
  if (strip.splitScores) {
    const panels = (to - from + KEY_PANEL - 1) / KEY_PANEL;
    splitScores(
      strip.packedKeys + <usize>from * <usize>strip.headDim * 4,
      panels * strip.headDim,
      KEY_PANEL,
      true,
      keysAt(strip, from),
    );
  }
  if (strip.splitValues) {
    const columns = paddedColumns(strip.valueDim);
    splitValues(strip.values + <usize>from * <usize>columns * 4, to - from, columns, valuesAt(strip, from));
  }
}

/** Where the score tile finds the keys from `from` on. */
export function keysAt(strip: Strip, from: i32): usize {
  if (!strip.splitScores) return strip.packedKeys + <usize>from * <usize>strip.headDim * 4;
  const inBlock = <usize>(from & (KEY_BLOCK - 1));
  return strip.scratch + keyPiecesAt(strip.headDim, paddedColumns(strip.valueDim)) + inBlock * <usize>strip.headDim * 12;
}

/** Where the value tile finds the values from `from` on. */
function valuesAt(strip: Strip, from: i32): usize {
  const columns = paddedColumns(strip.valueDim);
  if (!strip.splitValues) return strip.values + <usize>from * <usize>columns * 4;
  return strip.scratch + valuePiecesAt(strip.headDim, columns) + <usize>(from & (KEY_BLOCK - 1)) * <usize>columns * 12;
}

/** Folds the keys from .. to - 1 into the rows of the group at `row`, whose scores, also of `keys` from there on, are at strip.scratch. */
export function foldKeys(strip: Strip, row: i32, rows: i32, from: i32, to: i32, keys: i32, output: usize): void {
  const columns = paddedColumns(strip.valueDim);
  const fold = strip.scratch + foldAt(strip.headDim, columns);
  const weights = strip.scratch + weightsAt(strip.headDim, columns);
  const copies = strip.splitValues ? 3 : 1;
  weightTile(
    strip.scratch,
    rows,
    keys,
    CELLS,
    strip.logitScale,
    strip.weightBits,
    copies,
    strip.scratch + MAXIMA + cellsOf(row),
    strip.scratch + SUMS + cellsOf(row),
    fold,
    weights,
    columns,
    output,
  );
  const values = valuesAt(strip, from);
  const stride = <usize>columns * 4;
  const factors = fold + after(CELLS);
  const floorsOfRows = fold + floors(CELLS);
  const count = (to - from) * copies;
  if (rows > FEW_ROWS) {
    foldTile(weights, values, stride, count, factors, floorsOfRows, columns, output);
    return;
  }
  const own = strip.scratch + rowSumAt(strip.headDim, columns);
  for (let r: usize = 0; r < <usize>rows; ++r) {
    memory.fill(own, 0, stride);
    valueRow(weights + r * <usize>WEIGHT_ROW, values, stride, count, strip.scratch + ZEROS, columns, own);
    const factor = v128.load32_splat(factors + 4 * r);
    const floor = v128.load32_splat(floorsOfRows + 4 * r);
    for (let at: usize = 0; at < stride; at += 16) {
      const to = output + r * stride + at;
      v128.store(to, f32x4.add(v128.load(to), rescaled(v128.load(own + at), factor, floor)));
    }
  }
}

/** Divides by the row sums, and writes output and log-sum-exp. Rule 10. */
export function finishReproducible(strip: Strip, firstRow: i32, rows: i32, output: usize): void {
  const columns = paddedColumns(strip.valueDim);
  for (let row = 0; row < rows; ++row) {
    const cell = cellsOf(row) + ((<usize>(row % ROW_GROUP)) << 2);
    const sum = load<f32>(strip.scratch + SUMS + cell);
    const reciprocal: f32 = sum > 0 ? 1 / sum : 0;
    let from = output + <usize>(row * columns * 4);
    let to = strip.output + <usize>((firstRow + row) * strip.valueDim * 4);
    const end = to + <usize>strip.valueDim * 4;
    const floor = f32x4.splat(FLUSH_BELOW);
    for (const factors = f32x4.splat(reciprocal); to + 16 <= end; to += 16, from += 16) {
      const x = v128.load(from);
      v128.store(to, v128.andnot(f32x4.mul(x, factors), f32x4.lt(f32x4.abs(x), floor)));
    }
    for (; to < end; to += 4, from += 4) {
      const x = load<f32>(from);
      store<f32>(to, abs(x) < FLUSH_BELOW ? 0 : x * reciprocal);
    }
    if (strip.logSumExp) {
      store<f32>(strip.logSumExp + <usize>((firstRow + row) * 4), logSumExp(sum, load<i32>(strip.scratch + MAXIMA + cell)));
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

/** ln(sum * 2^rowMax) in float64, whose sums, products and quotients are the same everywhere. Rule 11. */
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
