// The saved result of a race: all contenders on one case and length. Interfaces only.
import type { CaseName } from './cases.ts';
import type { Origin } from './contender.ts';
import type { Load } from './machine.ts';

/** Only figures of one race are compared with each other. */
export interface Race {
  readonly case: CaseName;
  readonly tokens: number;
  readonly date: string;
  /** The git commit, with `+` if files differed from it; null without git. */
  readonly commit: string | null;
  readonly load: Load;
  readonly measurements: readonly Measurement[];
}

/** The result of one contender. */
export type Measurement = Identity & (Timed | Wrong | Failed);

interface Identity {
  readonly contender: string;
  readonly version: string;
  readonly origin: Origin;
}

export interface Timed {
  readonly outcome: 'timed';
  /** What it ran on, as it reported. */
  readonly ranOn?: string;
  readonly prepareMs: number;
  /** The time of each round, in milliseconds. */
  readonly times: readonly number[];
  /** The operations of the two matrix products per median time, in GFLOP/s. */
  readonly gigaflops: number;
  /** The median rate of the probe in the same process, between the runs, in GFLOP/s. */
  readonly limitGigaflops: number;
  /** The largest |output - reference| on the sampled rows, over all rounds. */
  readonly error: number;
  /** Resident memory of its process: after the inputs were created and before it began, and at its peak. */
  readonly memory: { readonly beforeMiB: number; readonly peakMiB: number };
}

/** Its time is not recorded. */
export interface Wrong {
  readonly outcome: 'wrong';
  /** null if the output has NaN. */
  readonly error: number | null;
}

export interface Failed {
  readonly outcome: 'failed';
  readonly reason: string;
}
