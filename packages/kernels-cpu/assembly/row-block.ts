// The parameters of one row block: some query rows of one batch row and head against all of its keys.
// Every field has four bytes, so field n is word n. scripts/build-wasm.mjs reads this file and passes the order and the constants to TypeScript.
// Pointers are byte addresses in the imported memory; 0 = not given.

/** The most rows that share one pass over the keys. A multiple of the ROW_GROUP of every variant. */
export const ROWS_PER_BLOCK: i32 = 96;
/** Keys of one score tile. A multiple of KEY_PANEL. */
export const KEY_BLOCK: i32 = 64;
/** Keys per packed panel. */
export const KEY_PANEL: i32 = 8;

/** Up to this many rows are computed one by one; as a group they would cost as much as a full group. */
export const FEW_ROWS: i32 = 2;

export const FORM_TOEPLITZ: i32 = 0;
export const FORM_PIECEWISE: i32 = 1;

@unmanaged
export class RowBlock {
  /** [rows, headDim] row-major */
  query: usize;
  rows: i32;
  headDim: i32;
  /** written by packPanels: [ceil(keyLength / 8), headDim, 8] */
  packedKeys: usize;
  /** [keyLength, valueStride], the first valueDim of a row used; valueStride a multiple of 8 */
  values: usize;
  valueStride: i32;
  valueDim: i32;
  /** keys 0 .. keyLength - 1 exist; nothing after them is read */
  keyLength: i32;
  /** [rows, valueDim] */
  output: usize;
  /** [rows], 0 = not wanted */
  logSumExp: usize;
  scale: f32;
  /** 0 = no cap */
  softcap: f32;
  /** FORM_TOEPLITZ or FORM_PIECEWISE */
  form: i32;
  /** Toeplitz: bias, piecewise: feature, of distance tableTop - n at entry n (so a row reads forwards) */
  table: usize;
  tableTop: i32;
  /** entries 0 .. tableCount - 1 are distances that occur and that the mask shows */
  tableCount: i32;
  /** for skipping: the maximum of each KEY_BLOCK entries of the table, and putKeyNorms of packedKeys; 0 = skip nothing */
  tableMaxima: usize;
  keyNorms: usize;
  /** keys whose logits are this far below the row's maximum are negligible */
  negligibleGap: f32;
  /** counted by attend, for the tests */
  tilesComputed: i32;
  tilesSkipped: i32;
  /** piecewise: [rows] factor of the feature */
  rowScale: usize;
  /** piecewise: ascending [breakCount] */
  breaks: usize;
  breakCount: i32;
  /** piecewise: [breakCount + 1] each */
  slopes: usize;
  intercepts: usize;
  /** visible: minVisible <= distance <= maxVisible */
  minVisible: i32;
  maxVisible: i32;
  /** contiguous positions: query i at queryStart + i, key j at keyStart + j */
  queryStart: i32;
  keyStart: i32;
  /** explicit positions, int32 [rows] and [keyLength]: both or neither */
  queryPositions: usize;
  keyPositions: usize;
  /** int32 [rows] and [keyLength]: both or neither */
  querySegments: usize;
  keySegments: usize;
  /** reproducible profile: from scores to logits (base 2, in units of 2^-16); 0 = the fast profile, which ignores the fields up to scratch */
  logitScale: f32;
  /** 1 = queries and keys are split in two pieces, values in three; 0 = not split */
  splitScores: i32;
  splitValues: i32;
  /** bounds of queries as bits, see canonicalise; keys and values are clamped already */
  queryLeast: i32;
  queryLimit: i32;
  /** significant bits of a weight: 16 or 13 */
  weightBits: i32;
  /** piecewise: the factor that converts its values to units of scores */
  biasFactor: f32;
  /** scratchBytes(headDim, valueDim, ...) bytes, 16-byte aligned */
  scratch: usize;
}

export function isReproducible(rowBlock: RowBlock): bool {
  return rowBlock.logitScale != 0;
}

/** The bytes of a RowBlock, by which the build checks that it read the same fields. */
export function rowBlockBytes(): i32 {
  return offsetof<RowBlock>();
}
