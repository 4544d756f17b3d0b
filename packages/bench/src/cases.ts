// The cases: the two attentions that models of this kind spend their time on, at several lengths.
import type { AttentionProblem, Bias } from '@relbias/bias-spec';
import { alibi, t5 } from '@relbias/bias-spec';
import { bellShaped, seeded } from '@relbias/conformance';

const HEADS = 8;
const HEAD_DIM = 64;

export const CASE_NAMES = ['alibi-causal', 't5-bidirectional'] as const;

export type CaseName = (typeof CASE_NAMES)[number];

/** A problem with its inputs, one batch row. */
export interface BenchCase {
  readonly name: CaseName;
  readonly tokens: number;
  readonly problem: AttentionProblem & { readonly bias: Bias; readonly scale: number };
  /** [HEADS, tokens, HEAD_DIM] each. */
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** The same numbers in every process. */
export function makeCase(name: CaseName, tokens: number): BenchCase {
  const random = seeded(`${name} ${tokens}`);
  const draw = (factor: number): Float32Array =>
    Float32Array.from({ length: HEADS * tokens * HEAD_DIM }, () => factor * bellShaped(random));
  const shape = { heads: HEADS, queries: tokens, keys: tokens, headDim: HEAD_DIM };
  const root = Math.sqrt(HEAD_DIM);
  if (name === 'alibi-causal') {
    const problem = { ...shape, bias: alibi({ heads: HEADS }), mask: { causal: true }, scale: 1 / root };
    return { name, tokens, problem, query: draw(1), key: draw(1), value: draw(1) };
  }
  const table = Float64Array.from({ length: 32 * HEADS }, () => bellShaped(random));
  const problem = { ...shape, bias: t5({ heads: HEADS, table }), scale: 1 };
  // T5 does not scale its scores: its weights are initialised smaller instead.
  return { name, tokens, problem, query: draw(1 / root), key: draw(1), value: draw(1) };
}

/** Multiplications and additions of the two matrix products, over the pairs that the mask leaves: what any kernel has to do. */
export function operations({ problem: { heads, headDim, mask }, tokens }: BenchCase): number {
  const pairs = mask?.causal === true ? (tokens * (tokens + 1)) / 2 : tokens * tokens;
  return 4 * heads * headDim * pairs;
}
