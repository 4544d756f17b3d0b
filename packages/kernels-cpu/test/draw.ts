// Random inputs of a problem. Not a test.
import type { AttentionProblem } from '@relbias/bias-spec';
import { planAttention, shapesOf } from '@relbias/bias-spec';
import { bellShaped, seeded } from '@relbias/conformance';

/** query, key and value, the same in every run. */
export function draw(problem: AttentionProblem, seed = 'inputs'): [Float32Array, Float32Array, Float32Array] {
  const random = seeded(seed);
  const { query, key, value } = shapesOf(planAttention(problem));
  const one = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => bellShaped(random));
  return [one(query), one(key), one(value)];
}
