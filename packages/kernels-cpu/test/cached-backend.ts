// A backend whose runs go through a key/value cache: tokens are appended in uneven pieces, some are truncated, and the queries attend at the end.
// Problems that a cache does not support are refused as a missing capability, after the cache itself has refused them. Not a test.
import type { AttentionPlan, AttentionProblem, Backend, Tensor, TensorLike } from '@relbias/bias-spec';
import { ShapeError, UnsupportedError, planAttention, shapesOf } from '@relbias/bias-spec';
import { requireTensor } from '@relbias/bias-spec/backend';
import type { AttentionCache, CacheOptions, CpuBackend } from '@relbias/kernels-cpu';

/** The options of a full pass that a cache does not have. */
const INEXPRESSIBLE: Readonly<Record<string, (plan: AttentionPlan) => boolean>> = {
  'explicit positions': ({ positions }) => positions.queryStart === null,
  'queries that are not the last tokens': ({ positions, queries, keys }) =>
    positions.queryStart !== null && (queries > keys || positions.queryStart.some((start) => start !== keys - queries)),
  'key lengths': ({ mask, keys }) => mask.keyLengths.some((length) => length !== keys),
  segments: ({ mask }) => mask.querySegments !== null,
};

/** The suite uses all of these. */
export const MET_BY_CASES: readonly string[] = Object.keys(INEXPRESSIBLE);

export interface CachedBackend extends Backend {
  /** The capability that the last refused problem lacked; null where the last one was prepared. */
  lacking(): string | null;
}

export function cachedBackend(inner: CpuBackend): CachedBackend {
  let lacking: string | null = null;
  return {
    ranOn: inner.ranOn,
    lacking: () => lacking,
    async prepare(problem) {
      const plan = planAttention(problem);
      lacking = Object.keys(INEXPRESSIBLE).find((name) => INEXPRESSIBLE[name](plan)) ?? null;
      if (lacking !== null) {
        requireRefusal(inner, problem, plan);
        throw new UnsupportedError({ what: 'a cache', got: lacking, wanted: 'a problem without' });
      }
      const empty = inner.createCacheSync({ ...withoutTokens(problem), capacity: 1 });
      return {
        plan,
        gradient: null,
        async run(query, key, value, options) {
          const cache = empty.fork();
          try {
            fill(cache, plan, key, value);
            return await cache.attend(query, options);
          } finally {
            cache.dispose();
          }
        },
        dispose: () => empty.dispose(),
      };
    },
    dispose: () => inner.dispose(),
  };
}

/** Checks that the cache refuses what it cannot express. @throws Error if it accepts it. */
function requireRefusal(inner: CpuBackend, { queries, keys: _keys, ...rest }: AttentionProblem, plan: AttentionPlan): void {
  let cache: AttentionCache;
  try {
    cache = inner.createCacheSync(rest);
  } catch (error) {
    if (error instanceof UnsupportedError) return;
    throw error;
  }
  // More queries than tokens are detected when they are passed.
  const { batch, heads, keyValueHeads, headDim, valueDim, keys } = plan;
  const zeros = (...sizes: readonly number[]): Float32Array => new Float32Array(sizes.reduce((one, other) => one * other, 1));
  cache.append(zeros(batch, keyValueHeads, keys, headDim), zeros(batch, keyValueHeads, keys, valueDim));
  try {
    cache.attendSync(zeros(batch, heads, queries, headDim));
  } catch (error) {
    if (error instanceof ShapeError) return;
    throw error;
  } finally {
    cache.dispose();
  }
  throw new Error('The cache took a problem that it cannot express.');
}

function withoutTokens(problem: AttentionProblem): CacheOptions {
  const { queries: _queries, keys: _keys, queryStart: _start, positions: _positions, ...rest } = problem;
  return { ...rest, mask: { causal: problem.mask?.causal, window: problem.mask?.window } };
}

/** Appends everything, in pieces of 1, 3, 7, 15, ... tokens; after each but the last, its tokens are appended again and truncated. */
function fill(cache: AttentionCache, plan: AttentionPlan, key: TensorLike, value: TensorLike): void {
  const shapes = shapesOf(plan);
  const keys = requireTensor('key', key, shapes.key);
  const values = requireTensor('value', value, shapes.value);
  for (let from = 0, tokens = 1; from < plan.keys; from += tokens, tokens = 2 * tokens + 1) {
    const end = Math.min(from + tokens, plan.keys);
    const piece = [tokensOf(keys, from, end), tokensOf(values, from, end)] as const;
    cache.append(...piece);
    if (end === plan.keys) break;
    cache.append(...piece);
    cache.truncate(end);
  }
}

/** Tokens `from` to `end` of a tensor [batch, heads, tokens, dim]. */
export function tokensOf({ data, shape, dtype }: Tensor, from: number, end: number): Tensor {
  const [batch, heads, given, dim] = shape;
  const cut = new (data.constructor as Float32ArrayConstructor)(batch * heads * (end - from) * dim);
  for (let block = 0; block < batch * heads; block++) {
    const rows = (data as Float32Array).subarray((block * given + from) * dim, (block * given + end) * dim);
    cut.set(rows, block * (end - from) * dim);
  }
  return { data: cut, shape: [batch, heads, end - from, dim], dtype };
}
