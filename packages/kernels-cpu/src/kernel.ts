// What a CPU kernel is to the backend: something prepared for one plan that computes blocks of query rows.
import type { AttentionPlan, Inputs } from '@relbias/bias-spec';

/** A block of query rows of one batch row and one head: rows [firstRow, endRow). */
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

/** A kernel prepared for one plan. */
export interface PreparedKernel {
  /** Takes one call's inputs; the returned function computes row blocks in any order. */
  start(inputs: Inputs, outputs: Outputs): (block: RowBlock) => void;
  dispose(): void;
}

/** A way to compute attention on the CPU. Synchronous: waiting, cancelling and checking are the backend's part. */
export interface CpuKernel {
  readonly name: string;
  /** Threads and instruction set, as far as they matter to a report. */
  readonly device: string;
  prepare(plan: AttentionPlan): PreparedKernel;
}
