// Where queries and keys stand: contiguous by default, explicit when asked for (packed sequences, padded batches, image windows).
import { MAX_POSITION, requireInteger, requireKnownKeys } from './check.ts';
import type { Integers } from './lists.ts';
import { perToken, requireIntegers } from './lists.ts';
import { ParameterError } from './errors.ts';
import { show } from './show.ts';

/** Resolved positions, one int32 per batch row and token. */
export interface Positions {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  /** [batch * queries] */
  readonly query: Int32Array;
  /** [batch * keys] */
  readonly key: Int32Array;
  /** The position of query 0 per batch row when query i stands at `queryStart[b] + i` and key j at j; null for explicit positions. */
  readonly queryStart: Int32Array | null;
  /** The least and greatest distance = query - key within any batch row. */
  readonly minDistance: number;
  readonly maxDistance: number;
}

/** Explicit positions: one list for all batch rows, or one after another ([batch, tokens] flattened). */
export interface ExplicitPositions {
  readonly query: Integers;
  readonly key: Integers;
}

/** What a family laid over something else than a line (a window of an image) has. */
export interface DefaultPositions {
  /** The positions that it means. */
  defaultPositions?(queries: number, keys: number): { query: Int32Array; key: Int32Array };
  /** How many queries, and as many keys, they are for. */
  readonly tokens?: number;
}

/** The longest table of distances that is built: 2^24 entries are 64 MiB a head. */
const MAX_SPAN = 2 ** 24;

/**
 * Positions of a problem whose queries start at `queryStart` (a number, or one per batch row). The default, keys - queries,
 * aligns the last query with the last key, so that decoding against a cache continues a full pass.
 *
 * @example
 * contiguousPositions(1, 2, 5).query; // Int32Array [3, 4]
 */
export function contiguousPositions(
  batch: number,
  queries: number,
  keys: number,
  queryStart: number | Integers = keys - queries,
): Positions {
  const lastStart = MAX_POSITION - queries + 1;
  const starts =
    typeof queryStart === 'number'
      ? new Int32Array(batch).fill(requireInteger('queryStart', queryStart, -MAX_POSITION, lastStart))
      : requireIntegers('queryStart', queryStart, batch, -MAX_POSITION, lastStart);
  const query = new Int32Array(batch * queries);
  const key = new Int32Array(batch * keys);
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < queries; i++) query[b * queries + i] = starts[b] + i;
    for (let j = 0; j < keys; j++) key[b * keys + j] = j;
  }
  return measured(batch, queries, keys, query, key, starts);
}

/** Positions from explicit lists, shared by the batch rows or one list per row. */
export function explicitPositions(batch: number, queries: number, keys: number, positions: ExplicitPositions): Positions {
  requireKnownKeys('positions', positions, ['query', 'key']);
  const query = perToken('positions.query', positions.query, batch, queries);
  const key = perToken('positions.key', positions.key, batch, keys);
  return measured(batch, queries, keys, query, key, null);
}

function measured(
  batch: number,
  queries: number,
  keys: number,
  query: Int32Array,
  key: Int32Array,
  queryStart: Int32Array | null,
): Positions {
  let minDistance = Infinity;
  let maxDistance = -Infinity;
  for (let b = 0; b < batch; b++) {
    const [leastQuery, mostQuery] = extremes(query, b * queries, queries);
    const [leastKey, mostKey] = extremes(key, b * keys, keys);
    minDistance = Math.min(minDistance, leastQuery - mostKey);
    maxDistance = Math.max(maxDistance, mostQuery - leastKey);
  }
  if (maxDistance - minDistance >= MAX_SPAN) {
    throw new ParameterError({
      what: 'positions',
      got: `distances from ${minDistance} to ${maxDistance}`,
      wanted: `a span below ${MAX_SPAN}`,
      hint: 'Bring the positions of each batch row near to one another: only differences matter.',
    });
  }
  return { batch, queries, keys, query, key, queryStart, minDistance, maxDistance };
}

function extremes(values: Int32Array, start: number, count: number): [number, number] {
  let least = values[start];
  let most = values[start];
  for (let index = start + 1; index < start + count; index++) {
    least = Math.min(least, values[index]);
    most = Math.max(most, values[index]);
  }
  return [least, most];
}

/** Where the queries and keys of a problem stand: as it says, as its family says, or by default. @throws ParameterError, ShapeError naming the field. */
export function resolvePositions(
  problem: { readonly queryStart?: number | Integers; readonly positions?: ExplicitPositions },
  bias: DefaultPositions & { readonly family: string },
  batch: number,
  queries: number,
  keys: number,
): Positions {
  if (problem.positions !== undefined) {
    if (problem.queryStart !== undefined) {
      throw new ParameterError({
        what: 'problem.queryStart',
        got: 'both queryStart and positions',
        wanted: 'one of them',
      });
    }
    return explicitPositions(batch, queries, keys, problem.positions);
  }
  if (bias.defaultPositions !== undefined) {
    if (problem.queryStart !== undefined) {
      throw new ParameterError({
        what: 'problem.queryStart',
        got: `${show(problem.queryStart)} with the bias ${bias.family}`,
        wanted: 'none: this family brings positions of its own, and a line of tokens is not what it lies over',
        hint: 'Pass explicit positions to place it yourself.',
      });
    }
    return explicitPositions(batch, queries, keys, bias.defaultPositions(queries, keys));
  }
  return contiguousPositions(batch, queries, keys, problem.queryStart);
}
