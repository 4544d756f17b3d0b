// What a CPU kernel is to the backend: something prepared for one plan, or a cache of keys and values, that computes blocks of query rows.
import type { AttentionPlan, Dtype, Numerics } from '@relbias/bias-spec';
import type { AttentionCall, Outputs, RawTensor } from '@relbias/bias-spec/backend';

/** The most rows of a block. */
export const ROWS_PER_BLOCK = 96;

/** How many threads a backend computes with, the caller's included. */
export interface ThreadCount {
  readonly count: number;
  /** Why there are not more, or what ended them; null where nothing stands in the way. */
  readonly reason: string | null;
}

/** The caller's, by choice. */
export const ONE_THREAD: ThreadCount = { count: 1, reason: null };

/** A block of query rows of one batch row and one head: rows [firstRow, endRow), at most ROWS_PER_BLOCK of them. */
export interface RowBlock {
  readonly b: number;
  readonly h: number;
  readonly firstRow: number;
  readonly endRow: number;
}

/** One call under way. */
export interface KernelCall {
  /** How many threads may take part. */
  readonly threads: number;
  /** Works until the clock (performance.now) shows `until` or all is written, one block at least. Returns how many rows are. */
  work(until: number): number;
  /** Gives back what the call took. Called once, also where the call was aborted or failed. */
  end(): void;
}

/**
 * Begins a call, or null as long as it must wait for another: ask again in a later task. One that is not `patient` never waits.
 * `call.check` is to be called before the first block, or in the course of the call as soon as a kernel cannot tell by itself that the numbers
 * it reads are harmless.
 */
export type StartCall = (call: AttentionCall, patient: boolean) => KernelCall | null;

/** Tensors in the memory of a kernel, in the shapes of `shapesOf(plan)`. */
interface ResidentArrays extends Outputs {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** A prepared problem with tensors of its own: calls on them copy none. One call at a time. */
export interface ResidentProblem {
  readonly arrays: ResidentArrays;
  readonly start: StartCall;
  /** Lets go of the memory, as far as nobody holds the arrays. */
  dispose(): void;
}

/** A kernel prepared for one plan. What it keeps is plain JavaScript data, which goes when nobody refers to it any more. */
export interface PreparedBlocks {
  /** Calls may overlap. */
  readonly start: StartCall;
  /** Reserves memory for the tensors of the problem; null where there is none to reserve. @throws UnsupportedError without room. */
  readonly allocate: (() => ResidentProblem) | null;
}

/** One attention over the first `length` tokens; its queries stand at the last positions. */
export interface CacheCall extends Pick<AttentionCall, 'check' | 'outputs'> {
  readonly length: number;
  /** Query rows of each batch row and head. */
  readonly queries: number;
  /** [batch, heads, queries, headDim] */
  readonly query: RawTensor;
  /** Of keys and values those of the last append, which in the reproducible profile are those of all. */
  readonly dtypes: Dtypes;
}

/** What the tensors of a call are in. */
export type Dtypes = Readonly<Record<'query' | 'key' | 'value', Dtype>>;

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
  /** As StartCall, to which keys and values are known to be harmless. */
  start(call: CacheCall, patient: boolean): KernelCall | null;
  /** The first `length` keys and values, as they would be given to a full pass. */
  read(length: number): { readonly key: Float32Array; readonly value: Float32Array };
  /** A copy of the first `length` tokens in a memory of its own. @throws UnsupportedError where there is no room. */
  fork(length: number): KernelCache;
  /** Lets go of the memory, once no call is under way. */
  dispose(): void;
}

/** A way to compute attention on the CPU. Synchronous: waiting, cancelling and checking are the backend's part. */
export interface CpuKernel {
  readonly name: string;
  /** Language and instruction set, as far as they matter to a report. */
  readonly device: string;
  /** As it is now: a kernel that loses its threads says so. */
  readonly threads: ThreadCount;
  /** Which of several builds of the kernel this is, where there are several. */
  readonly variant?: string;
  /** The profiles that `prepare` serves. */
  readonly numerics: readonly Numerics[];
  prepare(plan: AttentionPlan): PreparedBlocks;
  /** An empty cache with room for so many tokens, of a plan that states everything else; null where there are none. */
  readonly openCache: ((plan: AttentionPlan, capacity: number) => KernelCache) | null;
  /** Lets go of what calls share. */
  dispose(): Promise<void>;
}
