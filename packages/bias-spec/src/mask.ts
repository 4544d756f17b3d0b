// Which keys a query may see. Causal, window, key lengths and segments become one closed form that every kernel can test:
// minDistance <= distance <= maxDistance, key index < key length, segments equal.
import { MAX_POSITION, perToken, requireBoolean, requireInteger, requireIntegers, requireKnownKeys } from './check.ts';
import type { Positions } from './positions.ts';

/** What a caller asks for. Everything left out hides nothing. */
export interface Mask {
  /** A key is visible iff its position is at most the query's. */
  readonly causal?: boolean;
  /** A sliding window in distance: at most `left` into the past and `right` into the future, both inclusive. */
  readonly window?: { readonly left?: number; readonly right?: number };
  /** Per batch row, how many keys exist; the rest is padding. */
  readonly keyLengths?: ArrayLike<number>;
  /** Segment ids of packed sequences: query i sees key j only where they are equal. Lists like those of positions. */
  readonly segments?: { readonly query: ArrayLike<number>; readonly key: ArrayLike<number> };
}

/** The closed form. Distances are clipped to int32-safe bounds, so a kernel compares plain integers. */
export interface ClosedMask {
  readonly minDistance: number;
  readonly maxDistance: number;
  /** [batch] */
  readonly keyLengths: Int32Array;
  /** [batch * queries] and [batch * keys], or null where nothing is packed. */
  readonly querySegments: Int32Array | null;
  readonly keySegments: Int32Array | null;
}

/** No distance lies further from 0, so it stands for 'no bound'. */
export const UNBOUNDED: number = 2 * MAX_POSITION;

/** Validates a mask and brings it to its closed form. */
export function closeMask(mask: Mask, batch: number, queries: number, keys: number): ClosedMask {
  requireKnownKeys('mask', mask, ['causal', 'window', 'keyLengths', 'segments']);
  const { causal, window, segments } = mask;
  const lengths = mask.keyLengths;
  let minDistance = -UNBOUNDED;
  let maxDistance = UNBOUNDED;
  if (window !== undefined) {
    requireKnownKeys('mask.window', window, ['left', 'right']);
    const { left, right } = window;
    if (left !== undefined) {
      maxDistance = requireInteger('mask.window.left', left, 0, UNBOUNDED);
    }
    if (right !== undefined) {
      minDistance = -requireInteger('mask.window.right', right, 0, UNBOUNDED);
    }
  }
  if (causal !== undefined && requireBoolean('mask.causal', causal)) {
    minDistance = 0;
  }
  const keyLengths =
    lengths === undefined ? new Int32Array(batch).fill(keys) : requireIntegers('mask.keyLengths', lengths, batch, 0, keys);
  if (segments === undefined) {
    return { minDistance, maxDistance, keyLengths, querySegments: null, keySegments: null };
  }
  requireKnownKeys('mask.segments', segments, ['query', 'key']);
  return {
    minDistance,
    maxDistance,
    keyLengths,
    querySegments: perToken('mask.segments.query', segments.query, batch, queries),
    keySegments: perToken('mask.segments.key', segments.key, batch, keys),
  };
}

/** Whether query i of batch row b may see key j at this distance. */
export function isVisible(
  mask: ClosedMask,
  b: number,
  i: number,
  j: number,
  distance: number,
  queries: number,
  keys: number,
): boolean {
  return (
    distance >= mask.minDistance &&
    distance <= mask.maxDistance &&
    j < mask.keyLengths[b] &&
    (mask.querySegments === null ||
      mask.keySegments === null ||
      mask.querySegments[b * queries + i] === mask.keySegments[b * keys + j])
  );
}

/** Whether what a query sees depends on where it stands. */
export function readsPositions({ minDistance, maxDistance }: ClosedMask): boolean {
  return minDistance > -UNBOUNDED || maxDistance < UNBOUNDED;
}

/** Keys outside [firstKey, endKey) are hidden from every row of the block; inside, the mask still has the word. */
export interface KeyRange {
  readonly firstKey: number;
  readonly endKey: number;
}

/**
 * The key range of rows [firstRow, endRow). With contiguous positions key j stands at position j, so the distance bounds of the mask
 * are bounds on j; with explicit positions only the key length helps.
 */
export function keyRange(
  { mask, positions }: { readonly mask: ClosedMask; readonly positions: Positions },
  b: number,
  firstRow: number,
  endRow: number,
): KeyRange {
  const length = mask.keyLengths[b];
  if (positions.queryStart === null) return { firstKey: 0, endKey: length };
  const firstPosition = positions.queryStart[b] + firstRow;
  const lastPosition = positions.queryStart[b] + endRow - 1;
  const firstKey = Math.min(length, Math.max(0, firstPosition - mask.maxDistance));
  const endKey = Math.max(firstKey, Math.min(length, lastPosition - mask.minDistance + 1));
  return { firstKey, endKey };
}
