// The benchmark cases: attention as models with a relative position bias compute it, at any length.
import type { AttentionProblem, Bias } from '@relbias/bias-spec';
import { alibi, fire, t5 } from '@relbias/bias-spec';
import { bellShaped, seeded } from '@relbias/conformance';

const HEADS = 8;
const HEAD_DIM = 64;

export interface CaseDoc {
  readonly title: string;
  /** One sentence on what distinguishes it. */
  readonly about: string;
}

export const CASES = {
  'alibi-causal': {
    title: 'ALiBi, causal',
    about:
      'relbias skips far keys that provably cannot change the float32 result; the longer the sequence, the more it skips. Skipped pairs still count as work.',
  },
  't5-causal': { title: 'T5, causal', about: 'A causal mask without a window: half of all pairs are visible.' },
  't5-bidirectional': { title: 'T5, bidirectional', about: 'Every pair is visible, and none is skipped.' },
  'fire-bidirectional': {
    title: 'FIRE, bidirectional',
    about: 'Past the threshold, here tokens / 4, every row has its own scale, so the bias is not a table by distance.',
  },
  'alibi-grouped': { title: 'ALiBi, causal, grouped heads', about: '8 query heads share 2 key/value heads.' },
  'alibi-decode': { title: 'ALiBi, decoding', about: 'One query against all keys: the step that generates one token.' },
} as const satisfies Readonly<Record<string, CaseDoc>>;

export type CaseName = keyof typeof CASES;

export const CASE_NAMES: readonly CaseName[] = Object.keys(CASES) as CaseName[];

/** A problem with its inputs, one batch row. The queries are the last of `tokens` tokens, the keys all of them. */
export interface BenchCase {
  readonly name: CaseName;
  readonly tokens: number;
  readonly problem: AttentionProblem & { readonly bias: Bias; readonly scale: number; readonly keyValueHeads: number };
  /** [heads, queries, headDim] */
  readonly query: Float32Array;
  /** [keyValueHeads, tokens, headDim] */
  readonly key: Float32Array;
  readonly value: Float32Array;
}

type Draw = (length: number, factor: number) => Float64Array;

/** The bias and the mask of a case. */
function specifics(name: CaseName, tokens: number, draw: Draw): Pick<AttentionProblem, 'mask'> & { readonly bias: Bias } {
  switch (name) {
    case 'alibi-causal':
    case 'alibi-grouped':
    case 'alibi-decode':
      return { bias: alibi({ heads: HEADS }), mask: { causal: true } };
    case 't5-causal':
      return { bias: t5({ heads: HEADS, table: draw(32 * HEADS, 1), bidirectional: false }), mask: { causal: true } };
    case 't5-bidirectional':
      return { bias: t5({ heads: HEADS, table: draw(32 * HEADS, 1) }) };
    case 'fire-bidirectional': {
      const layers = { w1: draw(32, 1), b1: draw(32, 1), w2: draw(HEADS * 32, 1 / 4), b2: draw(HEADS, 1) };
      return { bias: fire({ heads: HEADS, ...layers, threshold: tokens / 4 }) };
    }
    default:
      return name satisfies never;
  }
}

/** The same numbers in every process. */
export function makeCase(name: CaseName, tokens: number): BenchCase {
  const random = seeded(`${name} ${tokens}`);
  // Multiples of 1/64 below 4, times a power of two: float16 and bfloat16 hold them exactly, so contenders that read halves get the same inputs.
  const inputs = (length: number, factor: number): Float32Array =>
    Float32Array.from({ length }, () => (factor * Math.round(64 * bellShaped(random))) / 64);
  const draw: Draw = (length, factor) => Float64Array.from({ length }, () => factor * bellShaped(random));

  const queries = name === 'alibi-decode' ? 1 : tokens;
  const keyValueHeads = name === 'alibi-grouped' ? HEADS / 4 : HEADS;
  const root = Math.sqrt(HEAD_DIM);
  // T5 does not scale its scores: its weights are initialised smaller instead.
  const isT5 = name === 't5-causal' || name === 't5-bidirectional';
  const shape = { heads: HEADS, keyValueHeads, queries, keys: tokens, headDim: HEAD_DIM };
  return {
    name,
    tokens,
    problem: { ...shape, ...specifics(name, tokens, draw), scale: isT5 ? 1 : 1 / root },
    query: inputs(HEADS * queries * HEAD_DIM, isT5 ? 1 / root : 1),
    key: inputs(keyValueHeads * tokens * HEAD_DIM, 1),
    value: inputs(keyValueHeads * tokens * HEAD_DIM, 1),
  };
}

/** The position of query 0. */
export function firstQuery({ problem: { queries, keys } }: BenchCase): number {
  return keys - queries;
}

/** Multiplications and additions of the two matrix products, over the visible pairs. */
export function operations(benchCase: BenchCase): number {
  const { heads, headDim, queries, keys, mask } = benchCase.problem;
  const pairs = mask?.causal === true ? queries * firstQuery(benchCase) + (queries * (queries + 1)) / 2 : queries * keys;
  return 4 * heads * headDim * pairs;
}
