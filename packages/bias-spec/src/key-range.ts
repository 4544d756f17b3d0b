// Which keys a block of query rows can see at all, so that kernels may skip the rest.
import type { AttentionPlan } from './problem.ts';

/** Keys outside [firstKey, endKey) are hidden from every row of the block; inside, the mask still has the word. */
export interface KeyRange {
  readonly firstKey: number;
  readonly endKey: number;
}

/**
 * The key range of rows [firstRow, endRow). With contiguous positions key j stands at position j, so the distance bounds of the mask
 * are bounds on j; with explicit positions only the key length helps.
 */
export function keyRange(plan: AttentionPlan, b: number, firstRow: number, endRow: number): KeyRange {
  const { mask, positions } = plan;
  const length = mask.keyLengths[b];
  if (positions.queryStart === null) return { firstKey: 0, endKey: length };
  const firstPosition = positions.queryStart[b] + firstRow;
  const lastPosition = positions.queryStart[b] + endRow - 1;
  const firstKey = Math.min(length, Math.max(0, firstPosition - mask.maxDistance));
  const endKey = Math.max(firstKey, Math.min(length, lastPosition - mask.minDistance + 1));
  return { firstKey, endKey };
}
