// The bias and the mask as other libraries take them: one float32 per head, query and key.
import type { PerDistanceTerm, RowScaledTerm } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { readBias } from '@relbias/bias-spec/backend';
import type { BenchCase } from './cases.ts';
import { firstQuery } from './cases.ts';

/**
 * Returns a function that builds bias[head][i][j], with -Infinity where a causal case hides the pair. The numbers by distance are computed beforehand,
 * as a good program would do; the function only copies them to all pairs, as fast as JavaScript can.
 */
export function denseBiasBuilder(benchCase: BenchCase): () => Float32Array {
  const { problem } = benchCase;
  const causal = problem.mask?.causal === true;
  const refuse = (what: string): never => {
    throw new Error(
      `${benchCase.name}: got ${what}, wanted a bias that dense-bias.ts can spread over all pairs. Extend it for this case.`,
    );
  };
  return readBias(planAttention(problem), {
    none: () => refuse('no bias'),
    'per-distance': (term) => fromDistances(benchCase, term, causal),
    'row-scaled': (term) => (causal ? refuse('a causal row-scaled bias') : () => fromRowScaled(benchCase, term)),
  });
}

/** Every row is a copied slice of the numbers by distance. */
function fromDistances(benchCase: BenchCase, term: PerDistanceTerm, causal: boolean): () => Float32Array {
  const { heads, queries, keys } = benchCase.problem;
  const { minDistance, maxDistance, values } = term;
  const span = maxDistance - minDistance + 1;
  // From the largest distance down to the smallest: j increases.
  const falling = Array.from({ length: heads }, (_, head) => {
    const ofHead = values.slice(head * span, (head + 1) * span);
    if (causal && minDistance < 0) ofHead.fill(-Infinity, 0, -minDistance);
    return ofHead.toReversed();
  });
  return () => {
    const dense = new Float32Array(heads * queries * keys);
    falling.forEach((ofHead, head) => {
      for (let i = 0; i < queries; i++) {
        const from = maxDistance - (firstQuery(benchCase) + i);
        dense.set(ofHead.subarray(from, from + keys), (head * queries + i) * keys);
      }
    });
    return dense;
  };
}

/** The piece rarely changes from one key to the next, so it is tracked instead of searched for. */
function fromRowScaled(benchCase: BenchCase, term: RowScaledTerm): Float32Array {
  const { heads, queries, keys } = benchCase.problem;
  const { minDistance, features, rowScales, breaks, slopes, intercepts } = term;
  const dense = new Float32Array(heads * queries * keys);
  let at = 0;
  for (let head = 0; head < heads; head++) {
    const first = head * (breaks.length + 1);
    for (let i = 0; i < queries; i++) {
      const nearest = firstQuery(benchCase) + i - minDistance;
      let piece = 0;
      for (let j = 0; j < keys; j++) {
        const x = features[nearest - j] * rowScales[i];
        while (piece < breaks.length && breaks[piece] < x) piece++;
        while (piece > 0 && breaks[piece - 1] >= x) piece--;
        dense[at++] = slopes[first + piece] * x + intercepts[first + piece];
      }
    }
  }
  return dense;
}
