// What takes part in the benchmark: something that prepares a case and then runs it as often as asked. Interfaces only.
import type { BenchCase } from './cases.ts';
import type { Layout } from './layout.ts';

/** A case made ready. Nothing frees it: its process ends with it. */
export interface Prepared {
  /** Computes the case once and returns the output. This, and nothing else, is timed. */
  run(): Float32Array | Promise<Float32Array>;
  /** Of the output; default heads first. */
  readonly layout?: Layout;
  /** What really ran, known after a run, where the name leaves it open. */
  ranOn?(): string;
}

export type Origin = 'ours' | 'peer' | 'plain';

export interface Contender {
  readonly name: string;
  /** The library and its version, or what stands for one. */
  readonly version: string;
  /** Beyond this it would take minutes and tell nothing new. */
  readonly maxTokens: number;
  /** This repository's, another library, or what people write without one. */
  readonly origin: Origin;
  /** Whether it is made for this case; default for every one. */
  takes?(benchCase: BenchCase): boolean;
  /** What a program does once per shape and bias: not timed with the runs, but shown. */
  prepare(benchCase: BenchCase): Promise<Prepared>;
}
