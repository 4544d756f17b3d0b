// A key/value cache for decoding: keys and values stay where the kernel reads them, and each step brings only what is new. What it checks and
// counts is here; where its numbers lie is the kernel's part.
import type { AttentionPlan, AttentionResultFor, RanOn, RunOptions, TensorLike } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import type { Session } from '@relbias/bias-spec/backend';
import {
  disposed,
  newOutputs,
  proceeding,
  rawTensor,
  readRunOptions,
  requireTensor,
  resultOf,
  show,
} from '@relbias/bias-spec/backend';
import { workAtOnce, workInTurns } from '../backend/blocks.ts';
import type { CacheCall, KernelCache, KernelCall } from '../backend/kernel.ts';
import type { Remembered } from './tokens.ts';
import { NOTHING, admitQueries, admitResult, admitTokens, hasSafeMagnitudes, makeRoom, tokensOf } from './tokens.ts';

/**
 * Keys and values of one sequence per batch row, in memory of their own. A call that fails changes nothing.
 *
 * @example
 * const backend = await createCpuBackend();
 * const cache = await backend.createCache({ heads: 1, headDim: 1, bias: alibi({ heads: 1 }), mask: { causal: true } });
 * cache.append(Float32Array.of(1), Float32Array.of(7)); // the key and the value of one token
 * const { output } = await cache.attend(Float32Array.of(1)); // its query
 * output.data[0]; // 7
 * await backend.dispose(); // and the cache with it
 */
export interface AttentionCache {
  /** Tokens that it holds; 0 once disposed. */
  readonly length: number;
  /** Tokens that it holds or has room for. */
  readonly capacity: number;
  /** Memory that it holds. */
  readonly bytes: number;
  /**
   * Adds tokens: key [batch, keyValueHeads, tokens, headDim], value [batch, keyValueHeads, tokens, valueDim], each in any dtype; in the
   * reproducible profile in the dtypes of the tokens that are there. Costs O(tokens), and now and then a move to twice the room.
   *
   * @throws ShapeError, ParameterError on tensors that do not fit, UnsupportedError where there is no room or an attend is under way.
   */
  append(key: TensorLike, value: TensorLike): void;
  /**
   * Attention of query [batch, heads, rows, headDim], whose rows stand at the last positions: those of tokens appended before. The bits
   * are those of a full pass `{ queries: rows, keys: length }` of the same backend, on however many threads.
   *
   * @throws ShapeError, ParameterError on a query that does not fit or an empty cache; rejects with the signal's reason.
   */
  attend<LogSumExp extends boolean = false>(
    query: TensorLike,
    options?: RunOptions<LogSumExp>,
  ): Promise<AttentionResultFor<LogSumExp>>;
  /** The same at once. Holds the thread until it is done, and cannot be aborted. */
  attendSync<LogSumExp extends boolean = false>(
    query: TensorLike,
    options?: Pick<RunOptions<LogSumExp>, 'logSumExp'>,
  ): AttentionResultFor<LogSumExp>;
  /** Forgets all but the first `length` tokens. Its room stays. @throws ParameterError beyond what it holds. */
  truncate(length: number): void;
  /** An independent copy: O(length) keys and values, and the bias of its capacity. @throws UnsupportedError where there is no room. */
  fork(): AttentionCache;
  /** Lets go of its memory. Using it afterwards is an error; disposing twice is not. */
  dispose(): void;
}

/** A cache over a kernel's, of the backend whose session it is. */
export function cacheOver(
  kernel: KernelCache,
  plan: AttentionPlan,
  backend: string,
  ranOn: RanOn,
  session: Pick<Session, 'own' | 'disown'>,
  held: { readonly length: number; readonly remembered: Remembered } = { length: 0, remembered: NOTHING },
): AttentionCache {
  const { batch, heads, keyValueHeads, headDim, valueDim } = plan;
  const sizes = { batch, heads, keyValueHeads, headDim, valueDim };
  // null once disposed, so that whoever still holds the cache does not hold its memory.
  let live: KernelCache | null = kernel;
  let { length, remembered } = held;
  /** Attends under way, which read what a change would move. */
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
      got: 'an attend that is still under way',
      wanted: 'it to settle first',
      hint: 'Await it, or use attendSync.',
    });
  }

  function begin(query: TensorLike): CacheCall & { readonly start: (patient: boolean) => KernelCall | null } {
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
    const one = alive();
    const { squares, dtypes } = remembered;
    let checked = false;
    const check = (): void => {
      if (!checked) admitQueries(plan, squares, queries, length, raw, one.read);
      checked = true;
    };
    const outputs = newOutputs(backend, { ...sizes, queries, keys: length });
    // Large keys or values are not harmless to any queries.
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
    async attend(query, given) {
      const options = readRunOptions(given);
      const call = begin(query);
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
      const call = begin(query);
      return finish(call, workAtOnce(call.start), options);
    },
    truncate(to) {
      const one = changeable('cache.truncate');
      if (!Number.isInteger(to) || to < 0 || to > length) {
        throw new ParameterError({
          what: 'cache.truncate',
          got: show(to),
          wanted: `an integer from 0 to ${length}, its length`,
        });
      }
      one.truncate(to);
      length = to;
      // Bounds stay bounds; an empty cache begins anew.
      if (to === 0) remembered = NOTHING;
    },
    fork: () => cacheOver(alive().fork(length), plan, backend, ranOn, session, { length, remembered }),
    dispose() {
      live?.dispose();
      live = null;
      session.disown(cache);
    },
  };
  session.own(cache);
  return cache;
}
