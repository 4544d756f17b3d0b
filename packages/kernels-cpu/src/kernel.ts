// What a CPU kernel is to the backend: something prepared for one plan that computes blocks of query rows.
import type { AttentionPlan, Numerics, RawInputs } from '@relbias/bias-spec';
import type { KernelCache } from './kernel-cache.ts';

/** The most rows of a block. */
export const ROWS_PER_BLOCK = 96;

/** A block of query rows of one batch row and one head: rows [firstRow, endRow), at most ROWS_PER_BLOCK of them. */
export interface RowBlock {
  readonly b: number;
  readonly h: number;
  readonly firstRow: number;
  readonly endRow: number;
}

/** Where a kernel writes: output [batch, heads, queries, valueDim] and logSumExp [batch, heads, queries]. */
export interface Outputs {
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
}

/** One call under way. */
export interface KernelCall {
  /** Computes a block; blocks may come in any order. */
  compute(block: RowBlock): void;
  /** Gives back what the call took. Called once, also where the call was aborted or failed. */
  end(): void;
}

/** A kernel prepared for one plan. What it keeps is plain JavaScript data, which goes when nobody refers to it any more. */
export interface PreparedKernel {
  /** Begins a call. Calls may overlap. */
  start(inputs: RawInputs, outputs: Outputs): KernelCall;
}

/** A way to compute attention on the CPU. Synchronous: waiting, cancelling and checking are the backend's part. */
export interface CpuKernel {
  readonly name: string;
  /** Threads and instruction set, as far as they matter to a report. */
  readonly device: string;
  /** Which of several builds of the kernel this is, where there are several. */
  readonly variant?: string;
  /** The profiles that `prepare` serves. */
  readonly numerics: readonly Numerics[];
  prepare(plan: AttentionPlan): PreparedKernel;
  /** An empty cache with room for so many tokens, of a plan that states everything else; null where there are none. */
  readonly openCache: ((plan: AttentionPlan, capacity: number) => KernelCache) | null;
  /** Lets go of what calls share. */
  dispose(): void;
}
