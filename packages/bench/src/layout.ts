// The two orders in which libraries keep the heads of a sequence.
import type { BenchCase } from './cases.ts';

/** [heads, tokens, headDim], or [tokens, heads, headDim]. */
export type Layout = 'heads first' | 'tokens first';

/** Where the headDim numbers of one head and token begin. */
export function offsetOf(
  { problem: { heads, headDim }, tokens }: BenchCase,
  layout: Layout,
  head: number,
  token: number,
): number {
  return (layout === 'heads first' ? head * tokens + token : token * heads + head) * headDim;
}

/** A copy of a tensor of the case ([heads, tokens, headDim], like all of them) as [tokens, heads, headDim]. */
export function tokensFirst(benchCase: BenchCase, tensor: Float32Array): Float32Array {
  const { problem, tokens } = benchCase;
  const moved = new Float32Array(tensor.length);
  for (let head = 0; head < problem.heads; head++) {
    for (let token = 0; token < tokens; token++) {
      const from = offsetOf(benchCase, 'heads first', head, token);
      moved.set(tensor.subarray(from, from + problem.headDim), offsetOf(benchCase, 'tokens first', head, token));
    }
  }
  return moved;
}
