// Random inputs of a problem. Not a test.
import type { AttentionProblem, Dtype, Random, Tensor } from '@relbias/bias-spec';
import { numberToBfloat16, numberToFloat16, planAttention, shapesOf } from '@relbias/bias-spec';
import { bellShaped, seeded } from '@relbias/conformance';

/** query, key and value, the same in every run. */
export function draw(problem: AttentionProblem, seed = 'inputs'): [Float32Array, Float32Array, Float32Array] {
  const random = seeded(seed);
  const { query, key, value } = shapesOf(planAttention(problem));
  const one = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => bellShaped(random));
  return [one(query), one(key), one(value)];
}

/** [batch, heads, tokens, dim] drawn from a seed; `change` makes of each number, at its index, another. */
export function drawTensor(
  seed: string,
  batch: number,
  heads: number,
  tokens: number,
  dim: number,
  dtype: Dtype = 'float32',
  change: (number: number, index: number) => number = (number) => number,
): Tensor {
  const random = seeded(seed);
  const wide = Float32Array.from({ length: batch * heads * tokens * dim }, (_, index) => change(bellShaped(random), index));
  const shape = [batch, heads, tokens, dim];
  if (dtype === 'float32') return { data: wide, shape, dtype };
  return { data: Uint16Array.from(wide, dtype === 'float16' ? numberToFloat16 : numberToBfloat16), shape, dtype };
}

/** A whole number from `least` to `most`. */
export function integer(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** One of these. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)];
}
