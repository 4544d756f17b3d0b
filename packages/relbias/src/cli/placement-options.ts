// The options for positions and masks: where queries and keys are, and which pairs are visible.
import type { AttentionProblem } from '@relbias/bias-spec';
import type { Option, Values } from './arguments.ts';
import { flag, integer, text } from './arguments.ts';
import type { ReadLimits } from '../files/byte-source.ts';
import { requireShape } from './given-array.ts';
import { NUMBERS, readNumbers } from './numbers.ts';
import type { MaskSizes } from './padding-mask.ts';
import { PADDING_OPTIONS, hideKeys, visibleKeys } from './padding-mask.ts';
import { UsageError } from './usage-error.ts';

export type PlacementOptions = typeof PADDING_OPTIONS &
  Readonly<
    Record<'causal', Option<true>> &
      Record<'window-left' | 'window-right', Option<number>> &
      Record<'key-lengths' | 'segments' | 'query-segments' | 'key-segments', Option<string>> &
      Record<'query-start' | 'positions' | 'query-positions' | 'key-positions', Option<string>>
  >;

export const PLACEMENT_OPTIONS: PlacementOptions = {
  causal: flag('hide keys in the future'),
  'window-left': integer('how many positions into the past a query sees'),
  'window-right': integer('how many positions into the future a query sees'),
  'key-lengths': text(NUMBERS, 'how many keys each batch row has; the rest is padding'),
  ...PADDING_OPTIONS,
  segments: text(NUMBERS, 'segment of each token, for queries and keys: a query sees the keys of its own segment'),
  'query-segments': text(NUMBERS, 'segments of the queries, where the keys have different ones'),
  'key-segments': text(NUMBERS, 'segments of the keys'),
  'query-start': text(
    NUMBERS,
    'position of query 0, one number or one per batch row (keys - queries); required with --key-lengths',
  ),
  positions: text(NUMBERS, 'position of each token, for queries and keys'),
  'query-positions': text(NUMBERS, 'positions of the queries, where the keys have different ones'),
  'key-positions': text(NUMBERS, 'positions of the keys'),
};

type PlacementValues = Values<PlacementOptions>;

/** The mask and the positions of a problem. @throws ShapeError for a file whose axes do not fit its option. */
export async function placementFrom(
  values: PlacementValues,
  sizes: MaskSizes,
  limits: ReadLimits,
): Promise<Pick<AttentionProblem, 'mask' | 'queryStart' | 'positions'>> {
  const { queries, keys } = sizes;
  const read = reader(values, sizes.batch, limits);
  const visible = await visibleKeys(values, sizes, limits);
  const segments = await bothSides(read, queries, keys, 'segments', 'query-segments', 'key-segments');
  const queryStart = await read('query-start', 1);
  return {
    mask: {
      causal: values.causal,
      window: { left: values['window-left'], right: values['window-right'] },
      keyLengths: await read('key-lengths', 1),
      segments: visible === undefined ? segments : hideKeys(visible, sizes, segments),
    },
    queryStart: queryStart?.length === 1 ? queryStart[0] : queryStart,
    positions: await bothSides(read, queries, keys, 'positions', 'query-positions', 'key-positions'),
  };
}

type ListOption = Exclude<keyof PlacementOptions, 'causal' | 'window-left' | 'window-right' | keyof typeof PADDING_OPTIONS>;

/** Reads the list of an option: `tokens` numbers for all batch rows, or for each. */
type ReadList = (option: ListOption, tokens: number) => Promise<Float64Array | undefined>;

function reader(values: PlacementValues, batch: number, limits: ReadLimits): ReadList {
  return async (option, tokens) => {
    const given = values[option];
    if (given === undefined) return undefined;
    const list = await readNumbers(`--${option}`, given, limits, option.endsWith('segments') ? 'labels' : 'counts');
    if (list instanceof Float64Array) return list;
    const { data } = list;
    // A wrong count is refused when the problem is planned.
    if (data.length === tokens) requireShape(`--${option}`, list, [tokens]);
    else if (data.length === batch * tokens) requireShape(`--${option}`, list, [batch, tokens]);
    return data;
  };
}

/** One list for queries and keys, or one for each. */
async function bothSides(
  read: ReadList,
  queryTokens: number,
  keyTokens: number,
  both: 'segments' | 'positions',
  query: 'query-segments' | 'query-positions',
  key: 'key-segments' | 'key-positions',
): Promise<{ query: Float64Array; key: Float64Array } | undefined> {
  const shared = await read(both, queryTokens);
  const queries = await read(query, queryTokens);
  const keys = await read(key, keyTokens);
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
