// What a caller says when opening a cache, checked: everything of an attention problem but its tokens.
import type { AttentionPlan, AttentionProblem, Mask } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError, planAttention } from '@relbias/bias-spec';
import { UNBOUNDED, requireKnownKeys, show } from '@relbias/bias-spec/backend';

/** More tokens than this have distances that float32 does not hold exactly. */
export const MAX_TOKENS: number = UNBOUNDED / 2;

/** Tokens that a cache has room for at first, where the caller does not say. */
const FIRST_CAPACITY = 256;

type OfTheProblem =
  | 'batch'
  | 'heads'
  | 'keyValueHeads'
  | 'headDim'
  | 'valueDim'
  | 'bias'
  | 'convention'
  | 'scale'
  | 'biasScale'
  | 'softcap'
  | 'numerics';

/** An attention problem without its tokens: token n stands at position n, the queries of each call at the last positions. */
export interface CacheOptions extends Pick<AttentionProblem, OfTheProblem> {
  /** By distance only: every token of a cache exists in every row of the batch, and belongs to one sequence. */
  readonly mask?: Pick<Mask, 'causal' | 'window'>;
  /** Tokens to make room for at once; default 256. It grows by itself, by doubling: this saves the copying. */
  readonly capacity?: number;
}

const KNOWN: readonly (keyof CacheOptions)[] = [
  'batch',
  'heads',
  'keyValueHeads',
  'headDim',
  'valueDim',
  'bias',
  'convention',
  'scale',
  'biasScale',
  'softcap',
  'numerics',
  'mask',
  'capacity',
];

/** What a problem may say and a cache cannot, and the way out. */
const REFUSED: Readonly<Record<string, string>> = {
  queries: 'Each attend reads it from its query.',
  keys: 'Each append reads it from its key.',
  queryStart: 'Queries stand at the last positions of the cache.',
  positions: 'Token n stands at position n. For other positions prepare a problem.',
};

const REFUSED_MASKS: Readonly<Record<string, string>> = {
  keyLengths: 'All rows of a batch have the same tokens. For rows of their own lengths open a cache for each.',
  segments: 'A cache holds one sequence per batch row. Open one for each sequence.',
};

export interface CheckedCacheOptions {
  readonly capacity: number;
  /** A problem of one token, which says everything else. */
  readonly plan: AttentionPlan;
}

/** @throws ParameterError, ShapeError, UnsupportedError naming the option. */
export function readCacheOptions(options: CacheOptions): CheckedCacheOptions {
  requireNone('createCache', options, REFUSED);
  requireKnownKeys('createCache', withoutRefused(options), KNOWN);
  const { capacity = FIRST_CAPACITY, ...problem } = readOnce(options);
  if (problem.mask !== undefined) requireNone('createCache.mask', problem.mask, REFUSED_MASKS);
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_TOKENS) {
    throw new ParameterError({
      what: 'createCache.capacity',
      got: show(capacity),
      wanted: `an integer from 1 to ${MAX_TOKENS}, in tokens`,
    });
  }
  // Before planning, which would ask it for the positions of one token.
  const { bias } = problem;
  if (bias?.defaultPositions !== undefined) {
    throw new UnsupportedError({
      what: 'createCache.bias',
      got: `${bias.family}, which brings positions of its own`,
      wanted: 'a bias over a line of tokens',
      hint: 'Prepare a problem with it instead.',
    });
  }
  return { capacity, plan: planAttention({ ...problem, queries: 1, keys: 1 }) };
}

/** What is refused may be there as undefined, which means not given. */
function withoutRefused(options: CacheOptions): object {
  if (options === null || typeof options !== 'object') return options;
  return Object.fromEntries(Object.keys(options).flatMap((name) => (Object.hasOwn(REFUSED, name) ? [] : [[name, null]])));
}

/** Every field as it is now, inherited ones too: a spread would lose these without a word. */
function readOnce(options: CacheOptions): CacheOptions {
  return Object.fromEntries(KNOWN.map((name) => [name, options[name]])) as unknown as CacheOptions;
}

function requireNone(what: string, given: unknown, refused: Readonly<Record<string, string>>): void {
  if (given === null || typeof given !== 'object') return;
  for (const [name, hint] of Object.entries(refused)) {
    const value: unknown = Reflect.get(given, name);
    if (value === undefined) continue;
    throw new UnsupportedError({ what: `${what}.${name}`, got: show(value), wanted: 'nothing', hint });
  }
}
