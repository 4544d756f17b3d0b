// How far attention reaches under a bias: the weights of the last query over all keys before it, with scores drawn at random.
import type { Bias } from '@relbias/bias-spec';
import { normal } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';

/** What one row of attention comes to. */
export interface RowReach {
  /** exp of the entropy of the weights: the number of keys an even row of that entropy would spread over. */
  readonly effectiveKeys: number;
  /** The weighted mean of the distance. */
  readonly meanDistance: number;
}

/**
 * The softmax row of the last of `tokens` queries: logits = noise * z + biasScale * bias, z standard normal from a seed.
 *
 * @param values - the bias by distance, [tokens] or more.
 */
export function reach(values: ArrayLike<number>, tokens: number, biasScale: number, noise: number): RowReach {
  const random = seeded('score noise');
  const logits = Float64Array.from(
    { length: tokens },
    (_, distance) => biasScale * values[distance] + (noise === 0 ? 0 : noise * normal(random, 1)),
  );
  const max = logits.reduce((most, one) => Math.max(most, one), -Infinity);
  let sum = 0;
  let weighted = 0;
  let meanDistance = 0;
  for (let distance = 0; distance < tokens; distance++) {
    const shifted = logits[distance] - max;
    const weight = Math.exp(shifted);
    sum += weight;
    if (weight > 0) weighted += weight * shifted;
    meanDistance += weight * distance;
  }
  // Entropy = ln(sum) - sum(w ln w) / sum for unnormalised weights w = exp(shifted).
  return { effectiveKeys: sum * Math.exp(-weighted / sum), meanDistance: meanDistance / sum };
}

/** The bias of one head at distances 0 to tokens - 1, for the query that stands last. */
export function lastRow(bias: Bias, head: number, tokens: number): Float64Array {
  return Float64Array.from({ length: tokens }, (_, distance) => bias.value(head, distance, tokens - 1));
}
