// Which keys a run of rows can see at all: with contiguous positions, causal masks and windows are key ranges.
import { Strip } from './strip';

/** Whether distance is row - key plus a constant, so that the mask is a range and the bias a table slice. */
export function isContiguous(strip: Strip): bool {
  return !strip.queryPositions;
}

/** First key that `row` or a later row may see. */
export function rangeBegin(strip: Strip, row: i32): i32 {
  if (!isContiguous(strip)) return 0;
  return clampKey(strip, offset(strip, row) - <i64>strip.maxVisible);
}

/** One past the last key that `row` or an earlier row may see. */
export function rangeEnd(strip: Strip, row: i32): i32 {
  if (!isContiguous(strip)) return strip.keyLength;
  return clampKey(strip, offset(strip, row) - <i64>strip.minVisible + 1);
}

/** The key at the position of `row`, or the nearest; contiguous positions only. */
export function meetingKey(strip: Strip, row: i32): i32 {
  return clampKey(strip, offset(strip, row));
}

/** Whether the range of `row` ends before the keys do: then the table itself masks what lies behind. */
export function endsByDistance(strip: Strip, row: i32): bool {
  return offset(strip, row) - <i64>strip.minVisible + 1 <= <i64>strip.keyLength;
}

/** The key at distance 0 of `row`; 64 bits, because the mask may be as wide as 32 bits go. */
function offset(strip: Strip, row: i32): i64 {
  return <i64>strip.queryStart + <i64>row - <i64>strip.keyStart;
}

function clampKey(strip: Strip, key: i64): i32 {
  return <i32>max<i64>(0, min<i64>(key, <i64>strip.keyLength));
}
