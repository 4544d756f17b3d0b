// Times variants of the kernel side by side while the engine still compiles them: V8 starts with unoptimised code and swaps in the optimised
// code from another thread.
import type { Trial } from './trial.ts';

/** If no variant has become faster for this long, in milliseconds, all are taken to be fully optimised. */
const STABLE_MS = 10;
/** A time counts as faster only below this fraction of the best so far; anything above is noise. */
const GAIN = 0.9;

/** When to stop measuring. */
export interface StopRule {
  /** The upper limit. */
  readonly limitMs: number;
  /** Whether the times are plausible for optimised code. */
  enough(times: Times): boolean;
}

/** In milliseconds, one number per trial. */
export interface Times {
  readonly fastest: readonly number[];
  /** Of the first run, before the engine has optimised anything. */
  readonly first: readonly number[];
}

/**
 * The times of each trial, once the fastest of each are stable. Yields after every round, where an asynchronous caller lets the event
 * loop run.
 */
export function* race(trials: readonly Trial[], { limitMs, enough }: StopRule): Generator<void, Times> {
  const fastest = trials.map(() => Infinity);
  const first: number[] = [];
  const start = performance.now();
  let changed = start;
  for (let now = start; now - start < limitMs; now = performance.now()) {
    if (now - changed > STABLE_MS && enough({ fastest, first })) break;
    trials.forEach((trial, index) => {
      const from = performance.now();
      trial.run();
      const to = performance.now();
      if (to - from < fastest[index] * GAIN) changed = to;
      fastest[index] = Math.min(fastest[index], to - from);
      first[index] ??= to - from;
    });
    yield;
  }
  return { fastest, first };
}

/**
 * Whether two variants computed the same. They add the same numbers in the same order, with different rounding. The weights of a row sum to
 * 1 and the values stay below 1, so they differ by a few units of 2^-24; a wrong kernel differs by far more than 2^-16.
 */
export function agrees(a: Float32Array, b: Float32Array): boolean {
  return a.every((number, index) => Math.abs(number - b[index]) < 2 ** -16);
}
