// Random draws for parameter initialisation and test data, from the caller's source of uniform numbers.
import type { OwnFloat64Array } from './own-arrays.ts';

/** Uniform numbers in [0, 1), like Math.random. Pass a seeded one for repeatable runs. */
export type Random = () => number;

/** One draw from a normal distribution of mean 0 (Box-Muller). */
export function normal(random: Random, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return deviation * radius * Math.cos(2 * Math.PI * random());
}

/** One draw from the uniform distribution on [low, high). */
export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** `count` weights or biases of a fully connected layer with `fanIn` inputs, as torch.nn.Linear draws them: uniform within 1/sqrt(fanIn). */
export function linearLayer(random: Random, count: number, fanIn: number): Float64Array {
  const bound = 1 / Math.sqrt(fanIn);
  return draw(count, () => uniform(random, -bound, bound));
}

/** `count` draws. */
export function draw(count: number, one: () => number): OwnFloat64Array {
  return Float64Array.from({ length: count }, one);
}
