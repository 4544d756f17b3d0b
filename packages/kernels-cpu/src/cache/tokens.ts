// The tokens of a cache: how tensors are read as tokens, which are accepted, how capacity grows for them, and the summary of their magnitudes,
// which saves a step from reading all keys and values again.
import type { AttentionPlan, TensorLike } from '@relbias/bias-spec';
import { ShapeError, UnsupportedError } from '@relbias/bias-spec';
import type { RawTensor } from '@relbias/bias-spec/backend';
import {
  hasRoom,
  mebibytes,
  rawTensor,
  replan,
  requireFiniteSquares,
  requireSafeMagnitudes,
  requireTensor,
  show,
  statedShape,
  withRoom,
} from '@relbias/bias-spec/backend';
import { areLogitsInRange, requireLogitsInRange, requireNoNaN } from '@relbias/bias-spec/reproducible';
import type { Dtypes, KernelCache } from '../backend/kernel.ts';
import { MAX_TOKENS } from './options.ts';

/** What is known of all keys and values in the cache without reading them. */
export interface Summary {
  /** Upper bounds on the sums of squares, which bound scores and outputs. */
  readonly squares: { readonly key: number; readonly value: number };
  /** Those of the last append; null before the first. */
  readonly dtypes: Pick<Dtypes, 'key' | 'value'> | null;
}

/** The summary of an empty cache. */
export const EMPTY: Summary = { squares: { key: 0, value: 0 }, dtypes: null };

/** Returns the summary with these tokens added. @throws ParameterError, UnsupportedError for tokens that the profile cannot compute with. */
export function admitTokens(
  { numerics }: AttentionPlan,
  { squares, dtypes }: Summary,
  key: RawTensor,
  value: RawTensor,
): Summary {
  const given = { key: key.dtype, value: value.dtype };
  if (numerics === 'fast') {
    const grown = {
      key: squares.key + requireFiniteSquares('key', key, 0, key.data.length),
      value: squares.value + requireFiniteSquares('value', value, 0, value.data.length),
    };
    return { squares: grown, dtypes: given };
  }
  for (const [name, tensor] of [['key', key] as const, ['value', value] as const]) {
    requireNoNaN(name, tensor, 0, tensor.data.length);
    const wanted = dtypes?.[name] ?? tensor.dtype;
    if (tensor.dtype === wanted) continue;
    throw new UnsupportedError({
      what: `cache.append: ${name}`,
      got: `${tensor.dtype} after ${wanted}`,
      wanted: `${wanted}, because a reproducible result depends on the dtype of the whole tensor`,
      hint: `Convert the tokens to ${wanted} first, or call truncate(0) and append all tokens again.`,
    });
  }
  return { squares, dtypes: given };
}

/**
 * Checks a query. Where the norms alone cannot rule out an overflow of float32, it reads all keys and values, as the full pass would.
 *
 * @throws ParameterError for a query that the profile cannot compute with.
 */
export function admitQueries(
  plan: AttentionPlan,
  squares: Summary['squares'],
  queries: number,
  length: number,
  query: RawTensor,
  read: KernelCache['read'],
): void {
  if (plan.numerics === 'reproducible') {
    requireNoNaN('query', query, 0, query.data.length);
    return;
  }
  const norm = Math.sqrt(requireFiniteSquares('query', query, 0, query.data.length));
  if (hasRoom({ ...plan, keys: length }, norm, Math.sqrt(squares.key), Math.sqrt(squares.value))) return;
  const bytes = 4 * plan.batch * plan.keyValueHeads * length * (plan.headDim + plan.valueDim);
  const { key, value } = withRoom(
    'cpu',
    `copies of ${mebibytes(bytes)} of keys and values`,
    'Scale the query, keys or values down.',
    () => read(length),
  );
  const float32 = (data: Float32Array): RawTensor => ({ data, dtype: 'float32' });
  requireSafeMagnitudes(replan(plan, { queries, keys: length }), { query, key: float32(key), value: float32(value) });
}

/** Below this sum of squares, keys and values cannot overflow unless the queries are large too: see assembly/magnitudes.ts. */
const SAFE_SQUARES = 2 ** 100;

/** Whether only a large query could make a call overflow. */
export function hasSafeMagnitudes(squares: Summary['squares']): boolean {
  return squares.key < SAFE_SQUARES && squares.value < SAFE_SQUARES;
}

/** @throws ParameterError for a result whose logits are outside the range of the reproducible profile. */
export function admitResult(plan: AttentionPlan, queries: number, length: number, logSumExp: Float32Array): void {
  if (plan.numerics === 'fast' || areLogitsInRange(logSumExp)) return;
  // Planning takes time proportional to the length of the bias, so it happens only for the error.
  requireLogitsInRange(replan(plan, { queries, keys: length }), logSumExp);
}

/** A tensor read once: nothing that its getters do later changes it. */
export interface Tokens {
  readonly tokens: number;
  readonly raw: RawTensor;
}

/**
 * Reads a tensor [batch, heads, tokens, dim]. Its shape says how many tokens it has or, for a bare Float32Array, its length.
 *
 * @param wanted - the number of tokens, if another tensor determines it.
 * @throws ShapeError, ParameterError if it is no such tensor with at least one token.
 */
export function readTokens(what: string, value: TensorLike, batch: number, heads: number, dim: number, wanted?: number): Tokens {
  const tokens = wanted ?? tokensOf(what, value, batch, heads, dim);
  return { tokens, raw: rawTensor(requireTensor(what, value, [batch, heads, tokens, dim])) };
}

function tokensOf(what: string, value: TensorLike, batch: number, heads: number, dim: number): number {
  const isView = ArrayBuffer.isView(value);
  const shape: unknown = isView ? undefined : statedShape(value);
  const tokens: unknown = isView ? value.length / (batch * heads * dim) : Array.isArray(shape) ? shape[2] : undefined;
  if (typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 1) return tokens;
  // Throws the usual error for what is no tensor at all.
  if (tokens === undefined) requireTensor(what, value, [batch, heads, 1, dim]);
  throw new ShapeError({
    what,
    got: isView ? `${value.length} numbers` : `the shape ${show(shape)}`,
    wanted: `[${batch}, ${heads}, tokens, ${dim}] with tokens at least 1`,
  });
}

/** The error for a query with more rows than the cache has tokens. */
export function tooManyTokens(
  what: string,
  { data }: RawTensor,
  [batch, heads, tokens, dim]: readonly [number, number, number, number],
  most: number,
): ShapeError {
  return new ShapeError({
    what,
    got: `${data.length} numbers, which are ${tokens} tokens`,
    wanted: `[${batch}, ${heads}, tokens, ${dim}] with tokens from 1 to ${most}, the tokens in the cache`,
    hint: 'Append the keys and values of the query tokens before the attend.',
  });
}

/** Makes room for `tokens` in all: doubles the capacity or, where memory does not allow that, grows to exactly `tokens`. */
export function makeRoom(kernel: KernelCache, length: number, tokens: number): void {
  if (tokens > MAX_TOKENS) {
    throw new UnsupportedError({
      what: 'cache.append',
      got: `${tokens} tokens in all`,
      wanted: `at most ${MAX_TOKENS}, so float32 holds every distance exactly`,
      hint: 'Truncate the cache, or continue in a new one.',
    });
  }
  if (tokens <= kernel.capacity) return;
  const doubled = Math.min(MAX_TOKENS, 2 * kernel.capacity);
  if (doubled > tokens) {
    try {
      kernel.reserve(doubled, length);
      return;
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
    }
  }
  kernel.reserve(tokens, length);
}
