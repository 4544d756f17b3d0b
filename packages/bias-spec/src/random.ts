// Draws for parameter initialisation and test data, from a source of uniform numbers that the caller owns.

/** Uniform numbers in [0, 1), like Math.random. Pass a seeded one to repeat a run. */
export type Random = () => number;

/** One draw from a normal distribution of mean 0 (Box-Muller). */
export function normal(random: Random, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return deviation * radius * Math.cos(2 * Math.PI * random());
}

/** `count` draws. */
export function draw(count: number, one: () => number): Float64Array {
  return Float64Array.from({ length: count }, one);
}
