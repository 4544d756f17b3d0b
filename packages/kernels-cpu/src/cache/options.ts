// The options of a cache, checked: an attention problem without its numbers of tokens.
import type { AttentionPlan, AttentionProblem, Mask } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError, planAttention } from '@relbias/bias-spec';
import { UNBOUNDED, requireKnownKeys, show } from '@relbias/bias-spec/backend';

/** The most tokens: with more, float32 would not hold every distance exactly. */
export const MAX_TOKENS: number = UNBOUNDED / 2;

/** The default of `capacity`, in tokens. */
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

/** An attention problem without its numbers of tokens: token n has position n, and the queries of each call have the last positions. */
export interface CacheOptions extends Pick<AttentionProblem, OfTheProblem> {
  /** Masks by distance only: every batch row holds one sequence, and all rows have the same number of tokens. */
  readonly mask?: Pick<Mask, 'causal' | 'window'>;
  /** Tokens to reserve memory for, at least 1; default 256. The cache doubles when it is full; a larger capacity avoids that copying. */
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

/** Options of a problem that a cache does not have, each with a hint. */
const REFUSED: Readonly<Record<string, string>> = {
  queries: 'The query of each attend determines it; leave it out.',
  keys: 'The tokens appended so far determine it; leave it out.',
  queryStart: 'Queries always have the last positions of the cache; leave it out.',
  positions: 'Token n always has position n. For other positions use prepare instead of a cache.',
};

const REFUSED_MASKS: Readonly<Record<string, string>> = {
  keyLengths: 'All batch rows have the same number of tokens. For rows of different lengths open one cache per row.',
  segments: 'A cache holds one sequence per batch row. Open one cache per sequence.',
};

export interface CheckedCacheOptions {
  readonly capacity: number;
  /** The plan of one query and one key, which states everything but the numbers of tokens. */
  readonly plan: AttentionPlan;
}

/** Reads every option once. @throws ParameterError, ShapeError, UnsupportedError naming the option. */
export function readCacheOptions(options: CacheOptions): CheckedCacheOptions {
  requireNone('createCache', options, REFUSED);
  requireKnownKeys('createCache', withoutRefused(options), KNOWN);
  const { capacity = FIRST_CAPACITY, ...problem } = readOnce(options);
  if (problem.mask !== undefined) requireNone('createCache.mask', problem.mask, REFUSED_MASKS);
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_TOKENS) {
    throw new ParameterError({
      what: 'createCache.capacity',
      got: show(capacity),
      wanted: `a number of tokens from 1 to ${MAX_TOKENS}`,
    });
  }
  // Checked before planning, which would ask the bias for the positions of one token.
  const { bias } = problem;
  if (bias?.defaultPositions !== undefined) {
    throw new UnsupportedError({
      what: 'createCache.bias',
      got: `${bias.family}, which defines positions of its own`,
      wanted: 'a bias over a sequence of tokens',
      hint: 'Use prepare with this bias instead of a cache.',
    });
  }
  return { capacity, plan: planAttention({ ...problem, queries: 1, keys: 1 }) };
}

/** Without the refused options: those may be present as undefined, which means not given. */
function withoutRefused(options: CacheOptions): object {
  if (options === null || typeof options !== 'object') return options;
  // Names alone: each option is read once, by readOnce.
  const names = Object.keys(options).filter((name) => !Object.hasOwn(REFUSED, name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** Every field, inherited ones too, which a spread would drop silently. */
function readOnce(options: CacheOptions): CacheOptions {
  return Object.fromEntries(KNOWN.map((name) => [name, options[name]])) as unknown as CacheOptions;
}

function requireNone(what: string, given: unknown, refused: Readonly<Record<string, string>>): void {
  if (given === null || typeof given !== 'object') return;
  for (const [name, hint] of Object.entries(refused)) {
    const value: unknown = Reflect.get(given, name);
    if (value === undefined) continue;
    throw new UnsupportedError({ what: `${what}.${name}`, got: show(value), wanted: 'no such option for a cache', hint });
  }
}
