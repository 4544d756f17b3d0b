// The bias and the mask as everybody but this repository takes them: one float32 for each head, query and key.
import { planAttention, scaleLowered } from '@relbias/bias-spec';
import type { RowScaledForm, ToeplitzForm } from '@relbias/bias-spec';
import type { BenchCase } from './cases.ts';
import { firstQuery } from './cases.ts';

/**
 * Makes ready to build bias[head][i][j], -Infinity where j is later than i and the case is causal; the result builds it. Numbers per
 * distance are known by then, as a good program would have them, and are spread as fast as JavaScript can.
 */
export function denseBiasBuilder(benchCase: BenchCase): () => Float32Array {
  const { problem } = benchCase;
  const { lowered, biasScale } = planAttention(problem);
  const form = scaleLowered(lowered, biasScale);
  const causal = problem.mask?.causal === true;
  if (form.form === 'toeplitz') return fromToeplitz(benchCase, form, causal);
  if (form.form === 'row-scaled' && !causal) return () => fromRowScaled(benchCase, form);
  throw new Error(`${benchCase.name}: nobody has written down how to spread ${form.form} over all pairs`);
}

/** Every row is a slice of the numbers per distance, copied. */
function fromToeplitz(benchCase: BenchCase, form: ToeplitzForm, causal: boolean): () => Float32Array {
  const { heads, queries, keys } = benchCase.problem;
  const { minDistance, maxDistance, values } = form;
  const span = maxDistance - minDistance + 1;
  // From the greatest distance down to the least, so that j runs upwards.
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

/** The piece changes seldom from one key to the next, so it is not searched for but followed. */
function fromRowScaled(benchCase: BenchCase, form: RowScaledForm): Float32Array {
  const { heads, queries, keys } = benchCase.problem;
  const { minDistance, features, rowScales, breaks, slopes, intercepts } = form;
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
