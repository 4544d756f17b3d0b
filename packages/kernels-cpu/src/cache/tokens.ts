// What a cache accepts as tokens, how it makes room for them, and what it remembers of the numbers that it holds: it does not look at these
// again in every step.
import type { AttentionPlan, Tensor, TensorLike } from '@relbias/bias-spec';
import { ShapeError, UnsupportedError } from '@relbias/bias-spec';
import type { RawTensor } from '@relbias/bias-spec/backend';
import {
  hasRoom,
  mebibytes,
  replan,
  requireFiniteSquares,
  requireSafeMagnitudes,
  requireTensor,
  show,
  withRoom,
} from '@relbias/bias-spec/backend';
import { areLogitsInRange, requireLogitsInRange, requireNoNaN } from '@relbias/bias-spec/reproducible';
import type { Dtypes, KernelCache } from '../backend/kernel.ts';
import { MAX_TOKENS } from './options.ts';

/** Of all keys and values so far. */
export interface Remembered {
  /** Sums of squares: bounds on what may overflow. */
  readonly squares: { readonly key: number; readonly value: number };
  /** Of the last append; null before the first. */
  readonly dtypes: Pick<Dtypes, 'key' | 'value'> | null;
}

/** Of an empty cache. */
export const NOTHING: Remembered = { squares: { key: 0, value: 0 }, dtypes: null };

/** Refuses tokens that the profile cannot compute with. @throws ParameterError, UnsupportedError; else what to remember with them. */
export function admitTokens(
  { numerics }: AttentionPlan,
  { squares, dtypes }: Remembered,
  key: RawTensor,
  value: RawTensor,
): Remembered {
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
      got: `${tensor.dtype} behind ${wanted}`,
      wanted: `${wanted}: the bits of a reproducible result depend on the dtype of the whole tensor`,
      hint: 'Widen or round the tokens first, or truncate the cache to 0.',
    });
  }
  return { squares, dtypes: given };
}

/**
 * Refuses queries that the profile cannot compute with. Where the norms of everything leave it open whether float32 holds the result, the
 * inputs of the full pass are looked at.
 *
 * @throws ParameterError.
 */
export function admitQueries(
  plan: AttentionPlan,
  squares: Remembered['squares'],
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
  const { key, value } = withRoom('cpu', `copies of ${mebibytes(bytes)} of keys and values`, 'Scale the inputs down.', () =>
    read(length),
  );
  const float32 = (data: Float32Array): RawTensor => ({ data, dtype: 'float32' });
  requireSafeMagnitudes(replan(plan, { queries, keys: length }), { query, key: float32(key), value: float32(value) });
}

/** Squares of keys, or of values, that add up to less are harmless to queries that are: see assembly/magnitudes.ts. */
const TAME_SQUARES = 2 ** 100;

/** Whether only large queries can make a call one that float32 does not hold. */
export function hasSafeMagnitudes(squares: Remembered['squares']): boolean {
  return squares.key < TAME_SQUARES && squares.value < TAME_SQUARES;
}

/** Refuses a result whose logits the reproducible profile cannot hold. @throws ParameterError. */
export function admitResult(plan: AttentionPlan, queries: number, length: number, logSumExp: Float32Array): void {
  if (plan.numerics === 'fast' || areLogitsInRange(logSumExp)) return;
  // Planning costs as much as the bias is long, so only here.
  requireLogitsInRange(replan(plan, { queries, keys: length }), logSumExp);
}

/**
 * How many tokens a tensor brings, as its shape says it or, for a bare Float32Array, its length.
 *
 * @throws ShapeError, ParameterError where the tensor is none of [batch, heads, tokens, dim] with 1 to `most` tokens.
 */
export function tokensOf(
  what: string,
  value: TensorLike,
  batch: number,
  heads: number,
  dim: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const shape: unknown = (value as Partial<Tensor> | null | undefined)?.shape;
  const given = ArrayBuffer.isView(value) ? value.length / (batch * heads * dim) : Array.isArray(shape) ? shape[2] : undefined;
  // What is no tensor at all is refused as everywhere.
  if (given === undefined) requireTensor(what, value, [batch, heads, 1, dim]);
  if (Number.isInteger(given) && given >= 1 && given <= most) return given;
  const limit = most === Number.MAX_SAFE_INTEGER ? 'at least 1' : `from 1 to ${most}, the tokens in the cache`;
  throw new ShapeError({
    what,
    got: ArrayBuffer.isView(value) ? `${value.length} numbers` : `the shape ${show(shape)}`,
    wanted: `[${batch}, ${heads}, tokens, ${dim}] with tokens ${limit}`,
  });
}

/** Room for `tokens`: twice what there was, or where that is too much, just that. */
export function makeRoom(kernel: KernelCache, length: number, tokens: number): void {
  if (tokens > MAX_TOKENS) {
    throw new UnsupportedError({
      what: 'cache.append',
      got: `${tokens} tokens in all`,
      wanted: `at most ${MAX_TOKENS}, whose distances float32 holds exactly`,
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
