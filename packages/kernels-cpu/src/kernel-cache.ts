// What a cache of keys and values is to the kernel that keeps it. Checking, counting tokens and waiting are the part of cache.ts.
import type { RawTensor } from '@relbias/bias-spec/backend';
import type { Dtypes, Outputs, RowBlock } from './kernel.ts';

/** One attention over the first `length` tokens; its queries stand at the last positions. */
export interface CacheCall {
  readonly length: number;
  /** Query rows of each batch row and head. */
  readonly queries: number;
  /** [batch, heads, queries, headDim] */
  readonly query: RawTensor;
  /** Of keys and values those of the last append, which in the reproducible profile are those of all. */
  readonly dtypes: Dtypes;
  readonly outputs: Outputs;
}

/** Keys and values in the memory of a kernel. `length` says each time how many tokens count; nothing here counts them. */
export interface KernelCache {
  /** Tokens that it has room for. */
  readonly capacity: number;
  /** Memory that it holds. */
  readonly bytes: number;
  /** Makes room for so many tokens and keeps the first `length`. @throws UnsupportedError, and is as before then. */
  reserve(tokens: number, length: number): void;
  /** Writes [batch, keyValueHeads, tokens, dim] behind the first `length` tokens. There must be room. */
  append(length: number, tokens: number, key: RawTensor, value: RawTensor): void;
  /** Forgets what lies behind the first `length` tokens. */
  truncate(length: number): void;
  /** Computes a block of rows; blocks may come in any order. */
  compute(call: CacheCall, block: RowBlock): void;
  /** The first `length` keys and values, as they would be given to a full pass. */
  read(length: number): { readonly key: Float32Array; readonly value: Float32Array };
  /** A copy of the first `length` tokens in a memory of its own. @throws UnsupportedError where there is no room. */
  fork(length: number): KernelCache;
}
