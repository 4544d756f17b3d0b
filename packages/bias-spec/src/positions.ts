// Positions of queries and keys: contiguous by default, or explicit (packed sequences, padded batches, image windows).
import { MAX_POSITION, requireInteger, requireKnownKeys } from './check.ts';
import type { Integers } from './lists.ts';
import { perToken, requireIntegers } from './lists.ts';
import { ParameterError } from './errors.ts';
import { show } from './show.ts';

/** Validated positions, one int32 per batch row and token. */
export interface Positions {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  /** [batch * queries] */
  readonly query: Int32Array;
  /** [batch * keys] */
  readonly key: Int32Array;
  /** [batch], the position of query 0: query i is at `queryStart[b] + i`, key j at j. null for explicit positions. */
  readonly queryStart: Int32Array | null;
  /** The smallest and largest distance = query - key within any batch row. */
  readonly minDistance: number;
  readonly maxDistance: number;
}

/**
 * Explicit integer positions, from -2^23 to 2^23. Each list has one entry per token for all batch rows, or [batch, tokens] flattened.
 *
 * Two packed sequences of 3 and 2 tokens: `{ query: [0, 1, 2, 0, 1], key: [0, 1, 2, 0, 1] }`, with the same segments in the mask.
 */
export interface ExplicitPositions {
  /** [queries] or [batch, queries] */
  readonly query: Integers;
  /** [keys] or [batch, keys] */
  readonly key: Integers;
}

/** The positions of a family whose tokens are not a sequence: the patches of an image window. */
export interface DefaultPositions {
  /** The positions that a problem with this bias takes by default. */
  defaultPositions?(queries: number, keys: number): { query: Int32Array; key: Int32Array };
  /** The number of queries, and of keys, that they are for. */
  readonly tokens?: number;
}

/** The most distances that a bias table covers: 2^24 entries are 64 MiB per head. */
const MAX_SPAN = 2 ** 24;

/**
 * Contiguous positions: query i is at queryStart + i, key j at j. The default start, keys - queries, puts the last query on the last key,
 * so decoding against a cache continues a full pass.
 *
 * @param queryStart - one number for all batch rows, or a list with one for each.
 * @throws ParameterError, ShapeError naming the argument.
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
  const sizes = { batch, queries, keys };
  for (const [name, size] of Object.entries(sizes)) requireInteger(name, size, 1, MAX_POSITION);
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

/** Explicit positions, validated. @throws ParameterError, ShapeError naming the list. */
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
      hint: 'Shift the positions of each batch row closer together: only differences matter.',
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

/** The positions of a problem: its own, else those of its bias, else contiguous ones. @throws ParameterError, ShapeError naming the field. */
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
        wanted: 'none: this bias defines positions of its own, which are not contiguous',
        hint: 'To place the tokens yourself, pass explicit positions.',
      });
    }
    return explicitPositions(batch, queries, keys, bias.defaultPositions(queries, keys));
  }
  return contiguousPositions(batch, queries, keys, problem.queryStart);
}
