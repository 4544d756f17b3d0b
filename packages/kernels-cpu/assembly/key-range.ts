// The range of keys that rows can see. With contiguous positions, causal masks and windows are key ranges.
import { RowBlock } from './row-block';

/** Whether distance is row - key plus a constant: then the mask is a key range and the bias a table slice. */
export function isContiguous(rowBlock: RowBlock): bool {
  return !rowBlock.queryPositions;
}

/** The first key that `row` or a later row may see. */
export function rangeBegin(rowBlock: RowBlock, row: i32): i32 {
  if (!isContiguous(rowBlock)) return 0;
  return clampKey(rowBlock, offset(rowBlock, row) - <i64>rowBlock.maxVisible);
}

/** One past the last key that `row` or an earlier row may see. */
export function rangeEnd(rowBlock: RowBlock, row: i32): i32 {
  if (!isContiguous(rowBlock)) return rowBlock.keyLength;
  return clampKey(rowBlock, offset(rowBlock, row) - <i64>rowBlock.minVisible + 1);
}

/** The key at the position of `row`, or the nearest one; contiguous positions only. */
export function keyAtRow(rowBlock: RowBlock, row: i32): i32 {
  return clampKey(rowBlock, offset(rowBlock, row));
}

/** Whether the range of `row` ends before the last key: then the table masks the keys after it. */
export function endsByDistance(rowBlock: RowBlock, row: i32): bool {
  return offset(rowBlock, row) - <i64>rowBlock.minVisible + 1 <= <i64>rowBlock.keyLength;
}

/** The key at distance 0 of `row`. 64 bits, because the mask may be as wide as 32 bits allow. */
function offset(rowBlock: RowBlock, row: i32): i64 {
  return <i64>rowBlock.queryStart + <i64>row - <i64>rowBlock.keyStart;
}

function clampKey(rowBlock: RowBlock, key: i64): i32 {
  return <i32>max<i64>(0, min<i64>(key, <i64>rowBlock.keyLength));
}
