// Derived figures: medians and shares.
import type { Measurement, Race, Timed } from './race.ts';

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export type TimedMeasurement = Measurement & Timed;

export function timedOf(race: Race): TimedMeasurement[] {
  return race.measurements.filter((one): one is TimedMeasurement => one.outcome === 'timed');
}

export function medianMs({ times }: Timed): number {
  return median(times);
}

/** The share of the rate that the probe reached in the same process. */
export function shareOfLimit({ gigaflops, limitGigaflops }: Timed): number {
  return gigaflops / limitGigaflops;
}

/** The one with the smallest median time; undefined if there is none. */
export function fastest(some: readonly TimedMeasurement[]): TimedMeasurement | undefined {
  return some.toSorted((a, b) => medianMs(a) - medianMs(b)).at(0);
}

/** Rounded to four digits: more would be noise. */
export function brief(value: number): number {
  return Number(value.toPrecision(4));
}
