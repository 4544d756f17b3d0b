// How far attention reaches under a bias: the weights of the last query over all keys before it. With equal scores the bias alone decides;
// otherwise scores are drawn from a seed.
import type { Bias } from '@relbias/bias-spec';
import { normal } from '@relbias/bias-spec';
import { softmax } from '@relbias/bias-spec/oracle';
import { seeded } from '@relbias/conformance';

/** One row of attention in two numbers. */
export interface RowReach {
  /** exp of the entropy of the weights: a uniform row with the same entropy has this many keys. */
  readonly effectiveKeys: number;
  /** The mean distance, weighted. */
  readonly meanDistance: number;
}

/** Standard normal scores by distance, the same for a seed on every machine. */
export function drawScores(tokens: number, seed: number): Float64Array {
  const random = seeded(`scores/${seed}`);
  return Float64Array.from({ length: tokens }, () => normal(random, 1));
}

/**
 * The softmax row of the last of `tokens` queries: logits = deviation * scores + biasScale * bias.
 *
 * @param values - the bias by distance, [tokens] or more.
 * @param scores - standard normal numbers by distance, [tokens] or more; left out where the deviation is 0.
 */
export function reach(
  values: ArrayLike<number>,
  tokens: number,
  biasScale: number,
  deviation = 0,
  scores: ArrayLike<number> = [],
): RowReach {
  const logits = Float64Array.from(
    { length: tokens },
    (_, distance) => biasScale * values[distance] + (deviation === 0 ? 0 : deviation * scores[distance]),
  );
  const { weights } = softmax(logits);
  let entropy = 0;
  let meanDistance = 0;
  weights.forEach((weight, distance) => {
    if (weight > 0) entropy -= weight * Math.log(weight);
    meanDistance += weight * distance;
  });
  return { effectiveKeys: Math.exp(entropy), meanDistance };
}

/** The bias of one head at distances 0 to tokens - 1, for the query at the end. */
export function lastRow(bias: Bias, head: number, tokens: number): Float64Array {
  return Float64Array.from({ length: tokens }, (_, distance) => bias.value(head, distance, tokens - 1));
}
