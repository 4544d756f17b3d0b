// How far an output is from the float64 oracle, on sampled rows: all of them would take it far longer than the kernels.
import { planAttention } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import type { BenchCase } from './cases.ts';
import { firstQuery } from './cases.ts';
import type { Layout } from './layout.ts';
import { offsetOf } from './layout.ts';

const SAMPLED_ROWS = 8;

/**
 * Beyond this error, an output is wrong and its time means nothing. The values are about 1 in size: float32 loses some millionths of that,
 * and a bias, scale or mask that is not the case's moves it by hundredths at least.
 */
const WRONG = 1e-4;

/** Also where the error is not a number. */
export function isWrong(error: number): boolean {
  return !(error <= WRONG);
}

/** First, last, and evenly between. */
function sampledRows(queries: number): number[] {
  const count = Math.min(SAMPLED_ROWS, queries);
  return Array.from({ length: count }, (_, n) => Math.round((n * (queries - 1)) / Math.max(1, count - 1)));
}

/** The sampled rows of queries or outputs, of all heads, as [heads, samples, headDim]. */
export function sample(benchCase: BenchCase, tensor: Float32Array, layout: Layout = 'heads first'): Float32Array {
  const { heads, headDim, queries } = benchCase.problem;
  const rows = sampledRows(queries);
  const taken = new Float32Array(heads * rows.length * headDim);
  for (let h = 0; h < heads; h++) {
    rows.forEach((row, n) => {
      const from = offsetOf(benchCase, layout, h, row);
      taken.set(tensor.subarray(from, from + headDim), (h * rows.length + n) * headDim);
    });
  }
  return taken;
}

/** The right answer for the sampled rows: the problem of these queries alone, each at its place. */
export function wantedSample(benchCase: BenchCase): Float64Array {
  const { problem, tokens, query, key, value } = benchCase;
  const rows = sampledRows(problem.queries);
  const positions = {
    query: rows.map((row) => firstQuery(benchCase) + row),
    key: Array.from({ length: tokens }, (_, j) => j),
  };
  const plan = planAttention({ ...problem, queries: rows.length, positions });
  return oracle(plan, sample(benchCase, query), key, value).output;
}

/** The greatest |got - want|; NaN where anything is NaN. */
export function worstError(got: Float32Array, want: Float64Array): number {
  if (got.length !== want.length) return NaN;
  return want.reduce((worst, one, n) => Math.max(worst, Math.abs(got[n] - one)), 0);
}
