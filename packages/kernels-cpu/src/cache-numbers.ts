// What a cache accepts as numbers, and what it remembers of those that it holds: it does not look at them again in every step.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { RawTensor } from '@relbias/bias-spec/backend';
import { UnsupportedError, planAttention, shapesOf } from '@relbias/bias-spec';
import { checkInputs, hasRoom, requireFiniteSquares } from '@relbias/bias-spec/backend';
import { areLogitsInRange, requireLogitsInRange, requireNoNaN } from '@relbias/bias-spec/reproducible';
import type { Dtypes } from './kernel.ts';
import type { KernelCache } from './kernel-cache.ts';
import { mebibytes, withRoom } from './room.ts';

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
  { squares }: Remembered,
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
  const { key, value } = withRoom(`copies of ${mebibytes(bytes)} of keys and values`, 'Scale the inputs down.', () =>
    read(length),
  );
  const full = fullPass(plan, queries, length);
  checkInputs(full, { ...query, shape: shapesOf(full).query }, key, value);
}

/** Refuses a result whose logits the reproducible profile cannot hold. @throws ParameterError. */
export function admitResult(plan: AttentionPlan, queries: number, length: number, logSumExp: Float32Array): void {
  if (plan.numerics === 'fast' || areLogitsInRange(logSumExp)) return;
  requireLogitsInRange(fullPass(plan, queries, length), logSumExp);
}

/** The problem that a call on the first `length` tokens is: planning it costs as much as the bias is long, so only where it must be. */
function fullPass(plan: AttentionPlan, queries: number, length: number): AttentionPlan {
  const { batch, heads, keyValueHeads, headDim, valueDim, bias, scale, biasScale, mask, softcap, numerics } = plan;
  return planAttention({
    batch,
    heads,
    keyValueHeads,
    headDim,
    valueDim,
    bias,
    scale,
    biasScale,
    softcap: softcap === 0 ? undefined : softcap,
    queries,
    keys: length,
    mask: { window: { left: mask.maxDistance, right: -mask.minDistance } },
    numerics,
  });
}
