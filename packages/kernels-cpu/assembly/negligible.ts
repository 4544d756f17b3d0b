// Finds tiles that need not be computed, because their keys cannot change the float32 result. docs/skipping.md has the proof.
import { ROW_GROUP } from './generated/variant';
import { KEY_BLOCK, KEY_PANEL, RowBlock } from './row-block';

/**
 * An upper bound of the norms of the rows in a packed panel [headDim, width]. The squares are summed in float32; the factor makes up for its
 * headDim roundings and the one of packing, the summand for squares below its range. Infinity if they overflow.
 */
function panelNorm(panel: usize, headDim: i32, width: i32): f64 {
  const step = <usize>width * 4;
  const end = panel + <usize>headDim * step;
  let largest = f32x4.splat(0);
  for (let vector: usize = 0; vector < step; vector += 16) {
    let squares = f32x4.splat(0);
    // Four rows at a time; the last four may overlap the previous ones.
    let at = panel + min(vector, step - 16);
    do {
      const x = v128.load(at);
      squares = f32x4.add(squares, f32x4.mul(x, x));
      at += step;
    } while (at < end);
    largest = f32x4.pmax(largest, squares);
  }
  const a = max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  const b = max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3));
  return sqrt(<f64>max<f32>(a, b) * (1 + <f64>(headDim + 8) * 2 ** -22) + <f64>headDim * 2 ** -148);
}

/** Writes norm bounds of packed keys, one float64 per KEY_BLOCK keys. */
export function putKeyNorms(packedKeys: usize, keyLength: i32, headDim: i32, norms: usize): void {
  const bytes = <usize>(KEY_PANEL * headDim * 4);
  for (let block = 0; block < keyLength; block += KEY_BLOCK) {
    let norm: f64 = 0;
    for (let key = block; key < min(block + KEY_BLOCK, keyLength); key += KEY_PANEL) {
      norm = max(norm, panelNorm(packedKeys + <usize>(key / KEY_PANEL) * bytes, headDim, KEY_PANEL));
    }
    store<f64>(norms + ((<usize>(block / KEY_BLOCK)) << 3), norm);
  }
}

/**
 * Whether the keys from .. to - 1, all in one block, are negligible to the rows group .. lastRow. Their largest logits so far are at `maxima`, and
 * their packed queries have norms of at most queryNorm. Contiguous positions and the Toeplitz form only.
 */
export function isNegligible(
  rowBlock: RowBlock,
  group: i32,
  lastRow: i32,
  from: i32,
  to: i32,
  queryNorm: f64,
  maxima: usize,
): bool {
  let content = queryNorm * load<f64>(rowBlock.keyNorms + ((<usize>(from / KEY_BLOCK)) << 3));
  if (rowBlock.softcap > 0) content = <f64>rowBlock.softcap * min<f64>(content, 1);

  const entry = rowBlock.tableTop - rowBlock.queryStart + rowBlock.keyStart;
  const firstStretch = max(0, entry - lastRow + from) / KEY_BLOCK;
  const lastStretch = min(rowBlock.tableCount - 1, entry - group + to - 1) / KEY_BLOCK;
  let bias: f32 = -Infinity;
  for (let stretch = firstStretch; stretch <= lastStretch; ++stretch) {
    bias = max(bias, load<f32>(rowBlock.tableMaxima + ((<usize>stretch) << 2)));
  }

  let lowest: f32 = Infinity;
  for (let row = 0; row <= lastRow - group; ++row) lowest = min(lowest, load<f32>(maxima + ((<usize>row) << 2)));
  return content + <f64>bias < <f64>lowest - <f64>rowBlock.negligibleGap;
}

/** Writes norm bounds of the packed queries of a row block, one float64 per ROW_GROUP queries. */
export function putQueryNorms(queries: usize, rows: i32, headDim: i32, norms: usize): void {
  for (let row = 0; row < rows; row += ROW_GROUP) {
    store<f64>(norms + ((<usize>(row / ROW_GROUP)) << 3), panelNorm(queries + <usize>(row * headDim * 4), headDim, ROW_GROUP));
  }
}
