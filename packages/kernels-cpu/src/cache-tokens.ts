// Tokens of a cache: how many a tensor brings, and room for them.
import type { Tensor, TensorLike } from '@relbias/bias-spec';
import { ShapeError, UnsupportedError } from '@relbias/bias-spec';
import { requireTensor, show } from '@relbias/bias-spec/backend';
import { MAX_TOKENS } from './cache-options.ts';
import type { KernelCache } from './kernel-cache.ts';

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
