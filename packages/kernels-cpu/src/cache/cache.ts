// A key/value cache for decoding: keys and values stay where the kernel reads them, and each step adds only the new tokens. This file
// checks arguments and counts tokens; the kernel decides where the numbers lie.
import type { AttentionPlan, AttentionResultFor, RanOn, RunOptions, TensorLike } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import type { Session } from '@relbias/bias-spec/backend';
import { disposed, newOutputs, proceeding, readRunOptions, resultOf, show } from '@relbias/bias-spec/backend';
import { workAtOnce, workInTurns } from '../backend/blocks.ts';
import type { CacheCall, KernelCache, KernelCall } from '../backend/kernel.ts';
import type { Summary, Tokens } from './tokens.ts';
import {
  EMPTY,
  admitQueries,
  admitResult,
  admitTokens,
  hasSafeMagnitudes,
  makeRoom,
  readTokens,
  tooManyTokens,
} from './tokens.ts';

/**
 * Keys and values of one sequence per batch row, in memory of their own. A call that fails changes nothing.
 *
 * @example
 * const backend = await createCpuBackend();
 * const cache = await backend.createCache({ heads: 1, headDim: 1, bias: alibi({ heads: 1 }), mask: { causal: true } });
 * cache.append(Float32Array.of(1), Float32Array.of(7)); // the key and the value of one token
 * const { output } = await cache.attend(Float32Array.of(1)); // its query
 * output.data[0]; // 7
 * await backend.dispose(); // disposes the cache too
 */
export interface AttentionCache {
  /** Tokens in the cache; 0 once disposed. */
  readonly length: number;
  /** Tokens that fit before the cache has to grow; 0 once disposed. */
  readonly capacity: number;
  /** Bytes of memory in use; 0 once disposed. */
  readonly bytes: number;
  /**
   * Adds tokens: key [batch, keyValueHeads, tokens, headDim], value [batch, keyValueHeads, tokens, valueDim]. Each may have any dtype; under
   * `numerics: 'reproducible'` all keys have one dtype, and all values one. Costs O(tokens), plus a copy when the capacity doubles.
   *
   * @throws ShapeError, ParameterError for tensors that do not fit; UnsupportedError if memory runs out or an attend is in progress.
   */
  append(key: TensorLike, value: TensorLike): void;
  /**
   * Attention of query [batch, heads, rows, headDim] over all tokens. The rows are the last `rows` positions, whose tokens must have been
   * appended before. The bits equal those of a full pass `{ queries: rows, keys: length }` on the same backend, on any number of threads.
   *
   * @throws ShapeError, ParameterError for a query that does not fit or an empty cache; rejects with the signal's reason when aborted.
   */
  attend<LogSumExp extends boolean = false>(
    query: TensorLike,
    options?: RunOptions<LogSumExp>,
  ): Promise<AttentionResultFor<LogSumExp>>;
  /** The same as `attend`, synchronously: it blocks the thread and cannot be aborted. */
  attendSync<LogSumExp extends boolean = false>(
    query: TensorLike,
    options?: Pick<RunOptions<LogSumExp>, 'logSumExp'>,
  ): AttentionResultFor<LogSumExp>;
  /** Keeps only the first `length` tokens. The capacity stays. @throws ParameterError if `length` is more than the cache holds. */
  truncate(length: number): void;
  /** An independent copy. Copies `length` tokens and the bias tables of the whole capacity. @throws UnsupportedError if memory runs out. */
  fork(): AttentionCache;
  /** Releases the memory. Later calls throw, except `dispose` itself. */
  dispose(): void;
}

/** The cache of a backend, over the kernel's; `session` disposes it with the backend. */
export function cacheOver(
  kernel: KernelCache,
  plan: AttentionPlan,
  backend: string,
  ranOn: RanOn,
  session: Pick<Session, 'own' | 'disown'>,
  held: { readonly length: number; readonly summary: Summary } = { length: 0, summary: EMPTY },
): AttentionCache {
  const { batch, heads, keyValueHeads, headDim, valueDim } = plan;
  const sizes = { batch, heads, keyValueHeads, headDim, valueDim };
  // null once disposed: a reference to the cache must not keep its memory alive.
  let live: KernelCache | null = kernel;
  let { length, summary } = held;
  /** Attends in progress, which read memory that a change would move. */
  let reading = 0;

  function alive(): KernelCache {
    if (live === null) throw disposed('cache', 'cache', 'Create a new one.');
    return live;
  }

  function changeable(what: string): KernelCache {
    const one = alive();
    if (reading === 0) return one;
    throw new UnsupportedError({
      what,
      got: 'an attend that has not finished',
      wanted: 'no attend in progress',
      hint: 'Await it first, or use attendSync.',
    });
  }

  function begin({ tokens: queries, raw }: Tokens): CacheCall & { readonly start: (patient: boolean) => KernelCall | null } {
    const one = alive();
    const { squares, dtypes } = summary;
    if (length === 0 || dtypes === null) {
      throw new ParameterError({
        what: 'cache.attend',
        got: 'an empty cache',
        wanted: 'at least one token',
        hint: 'Append keys and values first, including those of the query tokens themselves.',
      });
    }
    if (queries > length) throw tooManyTokens('query', raw, [batch, heads, queries, headDim], length);
    let checked = false;
    const check = (): void => {
      if (!checked) admitQueries(plan, squares, queries, length, raw, one.read);
      checked = true;
    };
    const outputs = newOutputs(backend, { ...sizes, queries, keys: length });
    // With large keys or values, even small queries may overflow.
    if (!hasSafeMagnitudes(squares)) check();
    const call = { length, queries, query: raw, dtypes: { query: raw.dtype, ...dtypes }, outputs, check };
    return { ...call, start: (patient) => one.start(call, patient) };
  }

  function finish<L extends boolean>(call: CacheCall, threads: number, options: RunOptions<L>): AttentionResultFor<L> {
    const { outputs, queries, length: tokens } = call;
    admitResult(plan, queries, tokens, outputs.logSumExp);
    return resultOf({ ...sizes, queries, keys: tokens }, outputs, { ...ranOn, threads }, options);
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
    // Arguments are read before the state, because their getters may change it.
    append(key, value) {
      const keys = readTokens('key', key, batch, keyValueHeads, headDim);
      const values = readTokens('value', value, batch, keyValueHeads, valueDim, keys.tokens);
      const one = changeable('cache.append');
      const grown = admitTokens(plan, summary, keys.raw, values.raw);
      makeRoom(one, length, length + keys.tokens);
      one.append(length, keys.tokens, keys.raw, values.raw);
      length += keys.tokens;
      summary = grown;
    },
    async attend(query, given) {
      const options = readRunOptions(given);
      const call = begin(readTokens('query', query, batch, heads, headDim));
      reading++;
      try {
        const proceed = proceeding({ query: call.query }, options, alive);
        const threads = await workInTurns({ ...sizes, queries: call.queries }, call.start, proceed);
        options.signal?.throwIfAborted();
        return finish(call, threads, options);
      } finally {
        reading--;
      }
    },
    attendSync(query, given) {
      const options = readRunOptions(given, ['logSumExp']);
      const call = begin(readTokens('query', query, batch, heads, headDim));
      return finish(call, workAtOnce(call.start), options);
    },
    truncate(to) {
      const one = changeable('cache.truncate');
      if (!Number.isInteger(to) || to < 0 || to > length) {
        throw new ParameterError({
          what: 'cache.truncate',
          got: show(to),
          wanted: `an integer from 0 to ${length}, the number of tokens in the cache`,
        });
      }
      one.truncate(to);
      // Adding 0 turns -0 into 0.
      length = to + 0;
      // The sums of squares are upper bounds, so they stay valid for fewer tokens.
      if (length === 0) summary = EMPTY;
    },
    fork: () => cacheOver(alive().fork(length), plan, backend, ranOn, session, { length, summary }),
    dispose() {
      live?.dispose();
      live = null;
      session.disown(cache);
    },
  };
  session.own(cache);
  return cache;
}
