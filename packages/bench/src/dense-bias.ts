// The bias and the mask as everybody but this repository takes them: one float32 for each head and pair of tokens, N x N.
import type { BenchCase } from './cases.ts';

/**
 * bias[head][i][j], -Infinity where j is later than i and the case is causal. As fast as JavaScript can: the family's formula once per
 * distance, then every row is a slice of that, copied.
 */
export function denseBias({ problem, tokens }: BenchCase): Float32Array {
  const { heads, bias, mask } = problem;
  const dense = new Float32Array(heads * tokens * tokens);
  // From the greatest distance down to the least, so that j runs upwards.
  const falling = new Float32Array(2 * tokens - 1);
  for (let head = 0; head < heads; head++) {
    for (let n = 0; n < falling.length; n++) {
      const distance = tokens - 1 - n;
      falling[n] = mask?.causal === true && distance < 0 ? -Infinity : bias.value(head, distance, 0);
    }
    for (let i = 0; i < tokens; i++) {
      const from = tokens - 1 - i;
      dense.set(falling.subarray(from, from + tokens), (head * tokens + i) * tokens);
    }
  }
  return dense;
}
