// Which keys a query sees. Causality, window, key lengths and segments become one closed form that every kernel can test:
// minDistance <= distance <= maxDistance, key index < key length, segments equal.
import { MAX_POSITION, readOptions, requireBoolean, requireInteger } from './check.ts';
import { ParameterError } from './errors.ts';
import type { Integers } from './lists.ts';
import { perToken, requireIntegers } from './lists.ts';
import type { Positions } from './positions.ts';
import { isTensor } from './read-tensor.ts';
import { isArray, show } from './show.ts';

/**
 * Which keys each query sees. Options combine: a key is visible if every one of them shows it. Left out, an option hides nothing.
 *
 * There is no dense mask: it would be as large as the scores, which kernels never store.
 */
export interface Mask {
  /** Hides every key whose position is greater than the query's. Default false. */
  readonly causal?: boolean;
  /**
   * A sliding window in distance = i - j: a query sees keys at most `left` positions before it and at most `right` after it, both
   * inclusive. A side that is left out has no bound. `{ left: 127 }` with `causal` is a window of 128 tokens, the query's own included.
   */
  readonly window?: { readonly left?: number; readonly right?: number };
  /** How many keys each batch row has, [batch], from 0 to `keys`. Keys from there on are padding and may hold anything, NaN too. */
  readonly keyLengths?: Integers;
  /**
   * Segment ids of packed sequences: query i sees key j only if their ids are equal. One list of `queries` and one of `keys` ids for all
   * batch rows, or one list per row after another. Hidden keys and values must still be finite.
   *
   * Two sequences of 3 and 2 tokens: `{ query: [0, 0, 0, 1, 1], key: [0, 0, 0, 1, 1] }`.
   */
  readonly segments?: { readonly query: Integers; readonly key: Integers };
}

/** A mask in closed form. Its bounds fit in int32, so kernels compare plain integers. */
export interface ClosedMask {
  readonly minDistance: number;
  readonly maxDistance: number;
  /** [batch] */
  readonly keyLengths: Int32Array;
  /** [batch * queries] and [batch * keys], or null without segments. */
  readonly querySegments: Int32Array | null;
  readonly keySegments: Int32Array | null;
}

/** No distance is larger, so as a bound this means none. */
export const UNBOUNDED: number = 2 * MAX_POSITION;

/** Validates a mask and converts it to its closed form. @throws ParameterError, ShapeError naming the field. */
export function closeMask(mask: Mask, batch: number, queries: number, keys: number): ClosedMask {
  if (!isOptions(mask)) throw new ParameterError({ what: 'mask', got: show(mask), wanted: OPTIONS, hint: DENSE });
  const { causal, window, keyLengths, segments } = readOptions('mask', mask, ['causal', 'window', 'keyLengths', 'segments']);
  const bounds = windowBounds(window, causal);
  const lengths =
    keyLengths === undefined
      ? new Int32Array(batch).fill(keys)
      : requireIntegers('mask.keyLengths', keyLengths, batch, 0, keys, BY_KEY);
  if (segments === undefined) return { ...bounds, keyLengths: lengths, querySegments: null, keySegments: null };
  const { query, key } = readOptions('mask.segments', segments, ['query', 'key']);
  return {
    ...bounds,
    keyLengths: lengths,
    querySegments: perToken('mask.segments.query', query, batch, queries),
    keySegments: perToken('mask.segments.key', key, batch, keys),
  };
}

const OPTIONS = 'an object with the options causal, window, keyLengths, segments';

/** The hint for a dense mask, which would be as large as the scores that are never stored. */
const DENSE =
  'A dense mask is not supported. Express it by options: causal attention as { causal: true }, a sliding window as ' +
  '{ window: { left: 128 } }, padding as { keyLengths: [7, 5] }, packed sequences as { segments: { query, key } }.';

/** Whether something may be the options of a mask: no array, tensor or single value. */
function isOptions(mask: unknown): boolean {
  return mask !== null && typeof mask === 'object' && !isArray(mask) && !ArrayBuffer.isView(mask) && !isTensor(mask);
}

function windowBounds(window: Mask['window'], causal: Mask['causal']): Pick<ClosedMask, 'minDistance' | 'maxDistance'> {
  const hidesFuture = causal !== undefined && requireBoolean('mask.causal', causal);
  let [minDistance, maxDistance] = [hidesFuture ? 0 : -UNBOUNDED, UNBOUNDED];
  if (window === undefined) return { minDistance, maxDistance };
  const { left, right } = readOptions('mask.window', window, ['left', 'right']);
  if (left !== undefined) maxDistance = requireInteger('mask.window.left', left, 0, UNBOUNDED);
  if (right !== undefined) minDistance = Math.max(minDistance, -requireInteger('mask.window.right', right, 0, UNBOUNDED) || 0);
  return { minDistance, maxDistance };
}

/** The hint for a key mask in place of lengths. */
const BY_KEY =
  'Key lengths are counts, one per batch row. For a key mask with the padding at the end, count the keys of each row that are not ' +
  'padding; express any other padding as segments.';

/** Whether query i of batch row b sees key j at this distance. */
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

/** The hint for a number that is not finite, if it is padding; undefined for tensors without padding. */
export function paddingHint(tensor: string): string | undefined {
  if (tensor === 'query') return 'If this query is padding, set it to 0 and ignore its row of the output.';
  if (tensor !== 'key' && tensor !== 'value') return undefined;
  return 'Padding past mask.keyLengths may hold anything. Keys and values that a segment, a window or causality hides must be finite: set them to 0.';
}

/** Whether a mask depends on positions. */
export function readsPositions({ minDistance, maxDistance }: ClosedMask): boolean {
  return minDistance > -UNBOUNDED || maxDistance < UNBOUNDED;
}

/** Keys outside [firstKey, endKey) are hidden from every row of a block. Inside, ask `isVisible`. */
export interface KeyRange {
  readonly firstKey: number;
  readonly endKey: number;
}

/**
 * The keys that rows [firstRow, endRow) may see. With contiguous positions key j is at position j, so the mask's bounds on distance are
 * bounds on j. With explicit positions only the key length is one.
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
