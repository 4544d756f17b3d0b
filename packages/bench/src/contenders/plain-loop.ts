// Code without a library: the bias as a dense [heads, N, N] matrix, then three nested loops over float32 arrays. It is given its best conditions:
// the bias by distance is computed once and only copied to the matrix, and a causal loop stops at the diagonal.
import type { BenchCase } from '../cases.ts';
import { firstQuery } from '../cases.ts';
import type { Contender } from '../contender.ts';
import { denseBiasBuilder } from '../dense-bias.ts';

export const plainLoop: Contender = {
  name: 'plain loop',
  version: 'JavaScript',
  origin: 'plain',
  maxTokens: 1024,
  async prepare(benchCase) {
    const build = denseBiasBuilder(benchCase);
    return { run: () => attend(benchCase, build()) };
  },
};

function attend(benchCase: BenchCase, bias: Float32Array): Float32Array {
  const { problem, query, key, value } = benchCase;
  const { heads, keyValueHeads, queries, keys, headDim, scale } = problem;
  const causal = problem.mask?.causal ?? false;
  const output = new Float32Array(query.length);
  const weights = new Float32Array(keys);
  for (let h = 0; h < heads; h++) {
    const first = Math.floor((h * keyValueHeads) / heads) * keys * headDim;
    for (let i = 0; i < queries; i++) {
      const row = h * queries + i;
      const end = causal ? firstQuery(benchCase) + i + 1 : keys;
      const q = row * headDim;
      let max = -Infinity;
      for (let j = 0; j < end; j++) {
        const k = first + j * headDim;
        let dot = 0;
        for (let c = 0; c < headDim; c++) dot += query[q + c] * key[k + c];
        weights[j] = scale * dot + bias[row * keys + j];
        if (weights[j] > max) max = weights[j];
      }
      let sum = 0;
      for (let j = 0; j < end; j++) {
        weights[j] = Math.exp(weights[j] - max);
        sum += weights[j];
      }
      for (let j = 0; j < end; j++) {
        const weight = weights[j] / sum;
        const v = first + j * headDim;
        for (let c = 0; c < headDim; c++) output[q + c] += weight * value[v + c];
      }
    }
  }
  return output;
}
