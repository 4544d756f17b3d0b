// The scales of the article's figure: they grow in steps, so moving the slider changes the bars and not only the numbers next to them.

export interface Axis {
  readonly low: number;
  readonly high: number;
}

const BOUNDS = [2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** The smallest range of an axis: a slope of 1/256 must look smaller than a slope of 1. */
const LEAST_RANGE = 5;

/** An axis that holds these values and 0. */
export function axisOf(values: readonly number[]): Axis {
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const high = bound(most);
  return { low: least === 0 && high >= LEAST_RANGE ? 0 : -bound(Math.max(-least, LEAST_RANGE)), high };
}

/** The end of the axis of weights, as a fraction of the full weight. */
export function weightBound(weights: readonly number[]): number {
  const most = Math.max(...weights);
  return [0.25, 0.5].find((one) => most <= one) ?? 1;
}

/** A bar from 0 to a value: where it begins and how long it is, in percent of the axis, counted from its high end. */
export function bar({ low, high }: Axis, value: number): { start: string; size: string } {
  const percent = (one: number): number => ((high - one) / (high - low)) * 100;
  const start = percent(Math.max(0, value));
  // Rounded, so the server and the browser render the same page.
  return { start: `${start.toFixed(2)}%`, size: `${(percent(Math.min(0, value)) - start).toFixed(2)}%` };
}

function bound(size: number): number {
  return size === 0 ? 0 : (BOUNDS.find((one) => size <= one) ?? 10 ** Math.ceil(Math.log10(size)));
}
