// What a CPU kernel is to the backend: something prepared for one plan that computes blocks of query rows.
import type { AttentionPlan, Dtype, Numerics } from '@relbias/bias-spec';
import type { RawInputs } from '@relbias/bias-spec/backend';
import type { KernelCache } from './kernel-cache.ts';
import type { ThreadCount } from './wasm/threads/available.ts';

/** The most rows of a block. */
export const ROWS_PER_BLOCK = 96;

/** A block of query rows of one batch row and one head: rows [firstRow, endRow), at most ROWS_PER_BLOCK of them. */
export interface RowBlock {
  readonly b: number;
  readonly h: number;
  readonly firstRow: number;
  readonly endRow: number;
}

/** What the tensors of a call are in. */
export type Dtypes = Readonly<Record<keyof RawInputs, Dtype>>;

/** Where a kernel writes: output [batch, heads, queries, valueDim] and logSumExp [batch, heads, queries]. */
export interface Outputs {
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
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
 * `check` refuses what no kernel computes, as the spec says it: it looks at every number of the call, and throws. It is to be called before
 * the first strip, or in the course of the call as soon as a kernel cannot tell by itself that the numbers it reads are harmless.
 */
export type StartCall = (inputs: RawInputs, outputs: Outputs, patient: boolean, check: () => void) => KernelCall | null;

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
export interface PreparedKernel {
  /** Calls may overlap. */
  readonly start: StartCall;
  /** Reserves memory for the tensors of the problem; null where there is none to reserve. @throws UnsupportedError without room. */
  readonly allocate: (() => ResidentProblem) | null;
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
  prepare(plan: AttentionPlan): PreparedKernel;
  /** An empty cache with room for so many tokens, of a plan that states everything else; null where there are none. */
  readonly openCache: ((plan: AttentionPlan, capacity: number) => KernelCache) | null;
  /** Lets go of what calls share. */
  dispose(): Promise<void>;
}
