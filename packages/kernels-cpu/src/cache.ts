// A key/value cache for decoding: keys and values stay where the kernel reads them, and each step brings only what is new.
import type { AttentionResult, RunOptions, TensorLike } from '@relbias/bias-spec';

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
   * are those of a full pass `{ queries: rows, keys: length }` of the same backend on one thread.
   *
   * @throws ShapeError, ParameterError on a query that does not fit or an empty cache; rejects with the signal's reason.
   */
  attend(query: TensorLike, options?: RunOptions): Promise<AttentionResult>;
  /** The same at once. Holds the thread until it is done, and cannot be aborted. */
  attendSync(query: TensorLike, options?: { readonly logSumExp?: boolean }): AttentionResult;
  /** Forgets all but the first `length` tokens. Its room stays. @throws ParameterError beyond what it holds. */
  truncate(length: number): void;
  /** An independent copy: O(length) keys and values, and the bias of its capacity. @throws UnsupportedError where there is no room. */
  fork(): AttentionCache;
  /** Lets go of its memory. Using it afterwards is an error; disposing twice is not. */
  dispose(): void;
}
