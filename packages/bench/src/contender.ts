// The interface of a contender, which prepares a case and then runs it repeatedly.
import type { BenchCase } from './cases.ts';
import type { Layout } from './layout.ts';

/** A prepared case. It is never freed: its process ends instead. */
export interface Prepared {
  /** Computes the case once and returns the output. Only this is timed. */
  run(): Float32Array | Promise<Float32Array>;
  /** The layout of the output; default heads first. */
  readonly layout?: Layout;
  /** What actually ran, after a run, if the name does not determine it. */
  ranOn?(): string;
}

export type Origin = 'ours' | 'peer' | 'plain';

export interface Contender {
  readonly name: string;
  /** The library and its version. */
  readonly version: string;
  /** The longest case: beyond this it would take minutes. */
  readonly maxTokens: number;
  /** This repository, another library, or code without a library. */
  readonly origin: Origin;
  /** Whether it supports this case; default every case. */
  takes?(benchCase: BenchCase): boolean;
  /** The work that a program does once per shape and bias. Its time is shown separately. */
  prepare(benchCase: BenchCase): Promise<Prepared>;
}
