// How far an output is from the float64 oracle, on sampled rows: the oracle takes a thousand times as long as a kernel.
import { planAttention } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import type { BenchCase } from './cases.ts';

const SAMPLED_ROWS = 8;

/** First, last, and evenly between. */
function sampledRows(tokens: number): number[] {
  const count = Math.min(SAMPLED_ROWS, tokens);
  return Array.from({ length: count }, (_, n) => Math.round((n * (tokens - 1)) / Math.max(1, count - 1)));
}

/** The rows of [heads, tokens, headDim] that are sampled, of all heads, as [heads, samples, headDim]. */
export function sample({ problem, tokens }: BenchCase, tensor: Float32Array): Float32Array {
  const { heads, headDim } = problem;
  const rows = sampledRows(tokens);
  const taken = new Float32Array(heads * rows.length * headDim);
  for (let h = 0; h < heads; h++) {
    rows.forEach((row, n) => {
      const from = (h * tokens + row) * headDim;
      taken.set(tensor.subarray(from, from + headDim), (h * rows.length + n) * headDim);
    });
  }
  return taken;
}

/** The right answer for the sampled rows: the problem of these queries alone, each at its place. */
export function wantedSample(benchCase: BenchCase): Float64Array {
  const { problem, tokens, query, key, value } = benchCase;
  const rows = sampledRows(tokens);
  const positions = { query: rows, key: Array.from({ length: tokens }, (_, j) => j) };
  const plan = planAttention({ ...problem, queries: rows.length, positions });
  return oracle(plan, sample(benchCase, query), key, value).output;
}

/** The greatest |got - want|; NaN where anything is NaN. */
export function worstError(got: Float32Array, want: Float64Array): number {
  if (got.length !== want.length) return NaN;
  return want.reduce((worst, one, n) => Math.max(worst, Math.abs(got[n] - one)), 0);
}
