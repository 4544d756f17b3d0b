// What takes part in the benchmark: something that prepares a case and then runs it as often as asked. Interfaces only.
import type { BenchCase } from './cases.ts';

/** A case made ready. */
export interface Prepared {
  /** Computes the case once and returns output [heads, tokens, headDim]. This, and nothing else, is timed. */
  run(): Float32Array | Promise<Float32Array>;
  /** Frees what `prepare` took. */
  dispose(): void | Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** The version of the library, or what stands for one. */
  readonly version: string;
  /** Beyond this it would take minutes and tell nothing new. */
  readonly maxTokens: number;
  /** What a program does once per shape and bias: not timed with the runs, but shown. */
  prepare(benchCase: BenchCase): Promise<Prepared>;
}
