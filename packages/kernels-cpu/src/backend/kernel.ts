// The interface between a CPU kernel and the backend: prepared problems and caches, whose calls compute row blocks.
import type { AttentionPlan, Dtype, Numerics } from '@relbias/bias-spec';
import type { AttentionCall, Outputs, RawTensor } from '@relbias/bias-spec/backend';

/** The most rows of a row block. */
export const ROWS_PER_BLOCK = 96;

/** The number of threads of a backend, the caller's included. */
export interface ThreadCount {
  readonly count: number;
  /** Why there are not more, or how a worker was lost; null if there are as many as asked for. */
  readonly reason: string | null;
}

/** The caller's thread only, as asked for. */
export const ONE_THREAD: ThreadCount = { count: 1, reason: null };

/** A row block: query rows firstRow .. endRow - 1 of one batch row and one head, at most ROWS_PER_BLOCK of them. */
export interface RowBlock {
  readonly b: number;
  readonly h: number;
  readonly firstRow: number;
  readonly endRow: number;
}

/** One call in progress. */
export interface KernelCall {
  /** The threads that may take part. */
  readonly threads: number;
  /** Computes at least one row block, and more until the time `until` (performance.now). Returns the rows written so far. */
  work(until: number): number;
  /** Releases the resources of the call. Called once, also after an abort or an error. */
  end(): void;
}

/**
 * Begins a call. Returns null while a `patient` call must wait for another one: try again in a later task. The kernel must call `call.check`
 * before the first row block, or during the call once it cannot rule out by itself that its inputs overflow float32.
 */
export type StartCall = (call: AttentionCall, patient: boolean) => KernelCall | null;

/** Tensors in the memory of a kernel, in the shapes of `shapesOf(plan)`. */
interface ResidentArrays extends Outputs {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** A prepared problem with tensors of its own, which calls do not copy. One call at a time. */
export interface ResidentProblem {
  readonly arrays: ResidentArrays;
  readonly start: StartCall;
  /** Releases the memory; it is freed once nothing refers to the arrays. */
  dispose(): void;
}

/** A kernel prepared for one plan. It holds plain JavaScript data, so it needs no dispose. */
export interface PreparedBlocks {
  /** Calls may overlap. */
  readonly start: StartCall;
  /** Reserves memory for the tensors of the problem; null if the kernel has no memory of its own. @throws UnsupportedError if memory runs out. */
  readonly allocate: (() => ResidentProblem) | null;
}

/** One attention over the first `length` tokens. Its queries have the last positions. */
export interface CacheCall extends Pick<AttentionCall, 'check' | 'outputs'> {
  readonly length: number;
  /** Query rows of each batch row and head. */
  readonly queries: number;
  /** [batch, heads, queries, headDim] */
  readonly query: RawTensor;
  /** Those of keys and values are from the last append; under the reproducible profile all appends have the same. */
  readonly dtypes: Dtypes;
}

/** The dtypes of the tensors of a call. */
export type Dtypes = Readonly<Record<'query' | 'key' | 'value', Dtype>>;

/** Keys and values in the memory of a kernel. It does not count tokens: every method gets the current `length`. */
export interface KernelCache {
  /** In tokens. */
  readonly capacity: number;
  /** Bytes of memory. */
  readonly bytes: number;
  /** Grows to at least `tokens` tokens and keeps the first `length`. @throws UnsupportedError if memory runs out; nothing changes then. */
  reserve(tokens: number, length: number): void;
  /** Writes [batch, keyValueHeads, tokens, dim] after the first `length` tokens. The capacity must suffice. */
  append(length: number, tokens: number, key: RawTensor, value: RawTensor): void;
  /** Drops all but the first `length` tokens. */
  truncate(length: number): void;
  /** Begins a call like StartCall; keys and values have been checked already. */
  start(call: CacheCall, patient: boolean): KernelCall | null;
  /** The first `length` keys and values, in the layout of a full pass. */
  read(length: number): { readonly key: Float32Array; readonly value: Float32Array };
  /** A copy of the first `length` tokens in another memory. @throws UnsupportedError if memory runs out. */
  fork(length: number): KernelCache;
  /** Releases the memory, after the call in progress if there is one. */
  dispose(): void;
}

/** A CPU kernel. It is synchronous; the backend does the waiting, aborting and checking. */
export interface CpuKernel {
  readonly name: string;
  /** The language and instruction set, for reports. */
  readonly device: string;
  /** The current state; it changes if a worker is lost. */
  readonly threads: ThreadCount;
  /** The build, for a kernel with several. */
  readonly variant?: string;
  /** The profiles that it supports. */
  readonly numerics: readonly Numerics[];
  /** For the error about a profile that it does not support: the kernels that do. */
  readonly numericsHint?: string;
  prepare(plan: AttentionPlan): PreparedBlocks;
  /** An empty cache of the given capacity in tokens; null if the kernel has no caches. */
  readonly openCache: ((plan: AttentionPlan, capacity: number) => KernelCache) | null;
  /** Releases the resources that calls share. */
  dispose(): Promise<void>;
}
