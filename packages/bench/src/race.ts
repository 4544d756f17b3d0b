// What a race found out, as it is saved: everybody who took turns on one case at one length. Interfaces only.
import type { CaseName } from './cases.ts';
import type { Origin } from './contender.ts';
import type { Load } from './machine.ts';

/** Only figures of one race are compared with each other. */
export interface Race {
  readonly case: CaseName;
  readonly tokens: number;
  readonly date: string;
  /** Of git, with `+` where files differed from it; null where there is no git. */
  readonly commit: string | null;
  readonly load: Load;
  readonly measurements: readonly Measurement[];
}

/** What became of a contender. */
export type Measurement = Identity & (Timed | Wrong | Failed);

interface Identity {
  readonly contender: string;
  readonly version: string;
  readonly origin: Origin;
}

export interface Timed {
  readonly outcome: 'timed';
  /** What it said that it ran on. */
  readonly ranOn?: string;
  readonly prepareMs: number;
  /** Of each round, in milliseconds. */
  readonly times: readonly number[];
  /** The operations of the two matrix products, in the median time. */
  readonly gigaflops: number;
  /** The median of what the probe reached in the same process, between the runs, in GFLOP/s. */
  readonly limitGigaflops: number;
  /** The greatest |output - oracle| on the sampled rows, of all rounds. */
  readonly error: number;
  /** Resident memory of its process: with the inputs made, before it began; and at its greatest. */
  readonly memory: { readonly beforeMiB: number; readonly peakMiB: number };
}

/** How long it takes to compute something else is of no interest. */
export interface Wrong {
  readonly outcome: 'wrong';
  /** null where the output was not numbers. */
  readonly error: number | null;
}

export interface Failed {
  readonly outcome: 'failed';
  readonly reason: string;
}
