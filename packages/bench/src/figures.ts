// Figures taken from others: medians, shares, ratios.
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

/** Of what the probe reached in the same process. */
export function shareOfLimit({ gigaflops, limitGigaflops }: Timed): number {
  return gigaflops / limitGigaflops;
}

/** The one with the least median time; undefined of none. */
export function fastest(some: readonly TimedMeasurement[]): TimedMeasurement | undefined {
  return some.toSorted((a, b) => medianMs(a) - medianMs(b)).at(0);
}

/** Four digits: more is noise, and fills saved files. */
export function brief(value: number): number {
  return Number(value.toPrecision(4));
}
