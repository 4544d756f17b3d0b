// The two layouts of queries and outputs that libraries use.
import type { BenchCase } from './cases.ts';

/** [heads, queries, headDim], or [queries, heads, headDim]. */
export type Layout = 'heads first' | 'tokens first';

/** Where the headDim numbers of one head and query begin. */
export function offsetOf({ problem: { heads, queries, headDim } }: BenchCase, layout: Layout, head: number, row: number): number {
  return (layout === 'heads first' ? head * queries + row : row * heads + head) * headDim;
}

/** A copy of the queries of the case as [queries, heads, headDim]. */
export function tokensFirst(benchCase: BenchCase): Float32Array {
  const { problem, query } = benchCase;
  const moved = new Float32Array(query.length);
  for (let head = 0; head < problem.heads; head++) {
    for (let row = 0; row < problem.queries; row++) {
      const from = offsetOf(benchCase, 'heads first', head, row);
      moved.set(query.subarray(from, from + problem.headDim), offsetOf(benchCase, 'tokens first', head, row));
    }
  }
  return moved;
}
