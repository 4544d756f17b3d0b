// What a cache checks and counts; where its numbers lie is the kernel's part (kernel-cache.ts).
import type { AttentionPlan, AttentionResult, RanOn, TensorLike } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError, shapesOf } from '@relbias/bias-spec';
import { rawTensor, readRunOptions, requireTensor } from '@relbias/bias-spec/backend';
import type { Remembered } from './cache-numbers.ts';
import { NOTHING, admitQueries, admitResult, admitTokens } from './cache-numbers.ts';
import { makeRoom, tokensOf } from './cache-tokens.ts';
import type { AttentionCache } from './cache.ts';
import { gone } from './gone.ts';
import type { CacheCall, KernelCache } from './kernel-cache.ts';
import type { Outputs } from './kernel.ts';
import { numbers } from './room.ts';
import { blocksOf, computeInTurns } from './row-blocks.ts';

/** A cache over a kernel's. `open` holds the backend's live caches. */
export function cacheOver(
  kernel: KernelCache,
  plan: AttentionPlan,
  ranOn: RanOn,
  open: Set<AttentionCache>,
  held: { readonly length: number; readonly remembered: Remembered } = { length: 0, remembered: NOTHING },
): AttentionCache {
  const { batch, heads, keyValueHeads, headDim, valueDim } = plan;
  // null once disposed, so that whoever still holds the cache does not hold its memory.
  let live: KernelCache | null = kernel;
  let { length, remembered } = held;
  /** Attends under way, which read what a change would move. */
  let reading = 0;

  function alive(): KernelCache {
    if (live === null) throw gone('cache', 'cache', 'Create a new one.');
    return live;
  }

  function changeable(what: string): KernelCache {
    const one = alive();
    if (reading === 0) return one;
    throw new UnsupportedError({
      what,
      got: 'an attend that is still under way',
      wanted: 'it to settle first',
      hint: 'Await it, or use attendSync.',
    });
  }

  function begin(query: TensorLike): CacheCall {
    alive();
    if (length === 0 || remembered.dtypes === null) {
      throw new ParameterError({
        what: 'cache.attend',
        got: 'an empty cache',
        wanted: 'at least one token',
        hint: 'Append the keys and values of the tokens first, also those of the queries themselves.',
      });
    }
    const queries = tokensOf('query', query, batch, heads, headDim, length);
    const raw = rawTensor(requireTensor('query', query, [batch, heads, queries, headDim]));
    admitQueries(plan, remembered, queries, length, raw, alive().read);
    const rows = batch * heads * queries;
    const outputs = { output: numbers(rows * valueDim, 'output'), logSumExp: numbers(rows, 'log-sum-exp') };
    return { length, queries, query: raw, dtypes: { query: raw.dtype, ...remembered.dtypes }, outputs };
  }

  function finish({ outputs, queries, length: tokens }: CacheCall, logSumExp: boolean | undefined): AttentionResult {
    admitResult(plan, queries, tokens, outputs.logSumExp);
    return resultOf(plan, queries, outputs, ranOn, logSumExp);
  }

  const cache: AttentionCache = {
    get length() {
      return live === null ? 0 : length;
    },
    get capacity() {
      return live?.capacity ?? 0;
    },
    get bytes() {
      return live?.bytes ?? 0;
    },
    append(key, value) {
      const one = changeable('cache.append');
      const tokens = tokensOf('key', key, batch, keyValueHeads, headDim);
      const rawKey = rawTensor(requireTensor('key', key, [batch, keyValueHeads, tokens, headDim]));
      const rawValue = rawTensor(requireTensor('value', value, [batch, keyValueHeads, tokens, valueDim]));
      const grown = admitTokens(plan, remembered, rawKey, rawValue);
      makeRoom(one, length, length + tokens);
      one.append(length, tokens, rawKey, rawValue);
      length += tokens;
      remembered = grown;
    },
    async attend(query, options) {
      const { logSumExp, signal, progress } = readRunOptions(options);
      signal?.throwIfAborted();
      const call = begin(query);
      const size = call.query.data.length;
      const one = alive();
      reading++;
      try {
        await computeInTurns(
          { ...plan, queries: call.queries, keys: length },
          (block) => one.compute(call, block),
          { signal, progress },
          () => {
            alive();
            if (call.query.data.length === size) return;
            throw new ParameterError({
              what: 'query',
              got: 'a buffer that was transferred or resized during the run',
              wanted: 'a tensor that stays as it is until it settles',
            });
          },
        );
        return finish(call, logSumExp);
      } finally {
        reading--;
      }
    },
    attendSync(query, options) {
      const { logSumExp } = readRunOptions(options, ['logSumExp']);
      const call = begin(query);
      const one = alive();
      for (const block of blocksOf({ ...plan, queries: call.queries, keys: length })) one.compute(call, block);
      return finish(call, logSumExp);
    },
    truncate(to) {
      const one = changeable('cache.truncate');
      if (!Number.isInteger(to) || to < 0 || to > length) {
        throw new ParameterError({
          what: 'cache.truncate',
          got: String(to),
          wanted: `an integer from 0 to ${length}, its length`,
        });
      }
      one.truncate(to);
      length = to;
      // Bounds stay bounds; an empty cache begins anew.
      if (to === 0) remembered = NOTHING;
    },
    fork: () => cacheOver(alive().fork(length), plan, ranOn, open, { length, remembered }),
    dispose() {
      live = null;
      open.delete(cache);
    },
  };
  open.add(cache);
  return cache;
}

function resultOf(
  plan: AttentionPlan,
  queries: number,
  { output, logSumExp }: Outputs,
  ranOn: RanOn,
  wanted: boolean | undefined,
): AttentionResult {
  const shapes = shapesOf({ ...plan, queries });
  const result = { output: { data: output, shape: shapes.output, dtype: 'float32' } as const, ranOn };
  return wanted ? { ...result, logSumExp: { data: logSumExp, shape: shapes.logSumExp, dtype: 'float32' } } : result;
}
