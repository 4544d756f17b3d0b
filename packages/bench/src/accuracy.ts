// The error of an output against the float64 reference, on sampled rows: the reference for all rows would take much longer than the kernels.
import { planAttention } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import type { BenchCase } from './cases.ts';
import { firstQuery } from './cases.ts';
import type { Layout } from './layout.ts';
import { offsetOf } from './layout.ts';

const SAMPLED_ROWS = 8;

/**
 * With a larger error an output is wrong, and its time is not shown. Values are about 1 in size: float32 loses a few millionths of that, while a
 * wrong bias, scale or mask changes it by at least hundredths.
 */
const WRONG = 1e-4;

/** True also for NaN. */
export function isWrong(error: number): boolean {
  return !(error <= WRONG);
}

/** The first row, the last, and rows evenly spaced between them. */
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

/** The reference output of the sampled rows: the problem with these queries only, each at its position. */
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

/** The largest |got - want|; NaN if anything is NaN. */
export function worstError(got: Float32Array, want: Float64Array): number {
  if (got.length !== want.length) return NaN;
  return want.reduce((worst, one, n) => Math.max(worst, Math.abs(got[n] - one)), 0);
}
