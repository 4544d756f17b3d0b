// Times variants of the kernel side by side, while the engine still compiles them: V8 begins with slow code and puts the fast code in its
// place from another thread, when it comes to it.
import type { Trial } from './trial.ts';

/** No variant has become faster for so long: then all of them are as fast as they get. In milliseconds. */
const STABLE_MS = 10;
/** A gain that counts: less is noise. */
const GAIN = 0.9;

/** What to wait for. */
export interface StopRule {
  /** However it looks by then. */
  readonly limitMs: number;
  /** Whether times are plausible for code that is compiled for good. */
  enough(times: Times): boolean;
}

/** In milliseconds, one number for each trial. */
export interface Times {
  readonly fastest: readonly number[];
  /** Of the first run, before the engine has compiled much. */
  readonly first: readonly number[];
}

/**
 * The times of each, once the fastest of each are stable. Rests (yields) after each round, so that whoever has the time
 * can let the event loop turn.
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
 * Two variants add the same numbers in the same order, rounded differently. The weights of a row sum to 1 and the values stay below 1, so
 * what they differ by is some units of 2^-24; what is wrong differs by far more than 2^-16.
 */
export function agrees(a: Float32Array, b: Float32Array): boolean {
  return a.every((number, index) => Math.abs(number - b[index]) < 2 ** -16);
}
