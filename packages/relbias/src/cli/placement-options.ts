// The options that say where queries and keys stand and which pairs are seen: masks and positions.
import type { AttentionProblem } from '@relbias/bias-spec';
import type { Option, Values } from './arguments.ts';
import { flag, integer, text } from './arguments.ts';
import { NUMBERS, readOptionalNumbers } from './numbers.ts';
import { UsageError } from './usage-error.ts';

/** The types of these options. */
export type PlacementOptions = Readonly<
  Record<'causal', Option<true>> &
    Record<'window-left' | 'window-right', Option<number>> &
    Record<'key-lengths' | 'segments' | 'query-segments' | 'key-segments', Option<string>> &
    Record<'query-start' | 'positions' | 'query-positions' | 'key-positions', Option<string>>
>;

export const PLACEMENT_OPTIONS: PlacementOptions = {
  causal: flag('keys in the future are hidden'),
  'window-left': integer('how far into the past a query sees'),
  'window-right': integer('how far into the future a query sees'),
  'key-lengths': text(NUMBERS, 'how many keys exist, one number per batch row'),
  segments: text(NUMBERS, 'segment of each token: a query sees keys of its own segment only (queries and keys alike)'),
  'query-segments': text(NUMBERS, 'segments of the queries, where the keys have others'),
  'key-segments': text(NUMBERS, 'segments of the keys'),
  'query-start': text(
    NUMBERS,
    'position of query 0, one number or one per batch row (keys - queries); beside --key-lengths it must be said',
  ),
  positions: text(NUMBERS, 'position of each token, for queries and keys alike'),
  'query-positions': text(NUMBERS, 'positions of the queries, where the keys have others'),
  'key-positions': text(NUMBERS, 'positions of the keys'),
};

type PlacementValues = Values<PlacementOptions>;

/** The mask and the positions of a problem. */
export async function placementFrom(
  values: PlacementValues,
): Promise<Pick<AttentionProblem, 'mask' | 'queryStart' | 'positions'>> {
  const queryStart = await readOptionalNumbers('--query-start', values['query-start']);
  return {
    mask: {
      causal: values.causal,
      window: { left: values['window-left'], right: values['window-right'] },
      keyLengths: await readOptionalNumbers('--key-lengths', values['key-lengths']),
      segments: await bothSides(values, 'segments', 'query-segments', 'key-segments'),
    },
    queryStart: queryStart?.length === 1 ? queryStart[0] : queryStart,
    positions: await bothSides(values, 'positions', 'query-positions', 'key-positions'),
  };
}

/** One list for both sides, or one for each. */
async function bothSides(
  values: PlacementValues,
  both: 'segments' | 'positions',
  query: 'query-segments' | 'query-positions',
  key: 'key-segments' | 'key-positions',
): Promise<{ query: Float64Array; key: Float64Array } | undefined> {
  const shared = await readOptionalNumbers(`--${both}`, values[both]);
  const queries = await readOptionalNumbers(`--${query}`, values[query]);
  const keys = await readOptionalNumbers(`--${key}`, values[key]);
  if (shared !== undefined) {
    if (queries === undefined && keys === undefined) return { query: shared, key: shared };
    throw new UsageError(
      `--${both}`,
      `it with --${queries === undefined ? key : query}`,
      `--${both} alone, or --${query} and --${key}`,
    );
  }
  if (queries === undefined && keys === undefined) return undefined;
  if (queries !== undefined && keys !== undefined) return { query: queries, key: keys };
  throw new UsageError(`--${queries === undefined ? query : key}`, 'nothing', `--${query} and --${key} together`);
}
