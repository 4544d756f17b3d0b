// The cases of the start-up proof: few and quick, each for something that some device gets wrong. Inputs are made of integers.
// `hash` is that of the reference. Tests recompute it, and check the reference against vectors of independent origin.
import { alibi } from '../families/alibi.ts';
import { numberToBfloat16, numberToFloat16 } from '../half.ts';
import type { AttentionProblem } from '../problem.ts';
import { planAttention } from '../plan.ts';
import { shapesOf } from '../problem.ts';
import type { Dtype, Tensor } from '../tensor.ts';

/** One problem with its inputs. */
export interface ProofCall {
  readonly problem: AttentionProblem;
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/** A call and the hash of its result. */
export interface Proof {
  readonly name: string;
  make(): ProofCall;
  /** `hashWords` of the output, then of the log-sum-exp. */
  readonly hash: number;
}

/** The calls of the start-up proof. */
export const PROOFS: readonly Proof[] = [
  { name: 'exponential-16', make: () => exponential('bfloat16'), hash: 0x6dbf730e },
  { name: 'exponential-13', make: () => exponential('float16'), hash: 0xc795c360 },
  { name: 'keys-bfloat16', make: () => manyKeys('bfloat16'), hash: 0x3ff75929 },
  { name: 'keys-float16', make: () => manyKeys('float16'), hash: 0xaf130e9e },
  { name: 'keys-float32', make: () => manyKeys('float32'), hash: 0xc68b5c24 },
  { name: 'slices', make: slices, hash: 0x36ac97e1 },
  { name: 'jump-ladder', make: jumpLadder, hash: 0xf58f88ee },
  { name: 'limits', make: limits, hash: 0x6c6eb9ee },
  { name: 'masked-rows', make: maskedRows, hash: 0x7988b67b },
];

/** exp(ln 2 * x) = 2^x: the logit of a score x is exactly 65536 x. */
const POWERS_OF_TWO = { scale: Math.LN2, numerics: 'reproducible' } as const;

/**
 * One query for each of the 65,536 fractions, one key: the log-sum-exp is the logarithm of the weight and determines its last bit.
 * A half cannot hold 16 bits, so a fraction is split over two components.
 */
function exponential(dtype: 'bfloat16' | 'float16'): ProofCall {
  const problem = { heads: 1, queries: 65536, keys: 1, headDim: 2, valueDim: 1, ...POWERS_OF_TWO };
  const query = Array.from({ length: 2 * 65536 }, (_, index) => {
    const fraction = index >> 1;
    return (index % 2 === 0 ? fraction & 0xff00 : fraction & 0xff) / 65536;
  });
  return callOf(problem, dtype, query, [1, 1], [1]);
}

/** A causal problem with a bias, four tiles and one key more: sums long enough to show any change of order or fusion. */
function manyKeys(dtype: Dtype): ProofCall {
  const problem: AttentionProblem = {
    heads: 2,
    queries: 3,
    keys: 257,
    headDim: 16,
    valueDim: 8,
    bias: alibi({ heads: 2 }),
    mask: { causal: true },
    numerics: 'reproducible',
  };
  const next = integers(dtype.length);
  // 24 bits each, between -4 and 4.
  const numbers = (count: number): number[] => Array.from({ length: count }, () => (next() >> 8) / 2 ** 21);
  return callOf(problem, dtype, numbers(2 * 3 * 16), numbers(2 * 257 * 16), numbers(2 * 257 * 8));
}

/**
 * Two float32 numbers whose slices' products, 1 and 2, are added to 2^24, where float32 has only even integers: their order changes the sum. A
 * second key with a score of 2^24 shows by how much.
 */
function slices(): ProofCall {
  const problem: AttentionProblem = {
    heads: 1,
    queries: 1,
    keys: 2,
    headDim: 2,
    valueDim: 1,
    scale: Math.LN2 / 2 ** 10,
    numerics: 'reproducible',
  };
  const [one, two] = [2 ** 6 + 2 ** -6, 2 ** 7 + 2 ** -6];
  return callOf(problem, 'float32', [2 ** 13, one], [2 ** 11 - 1, two, 2 ** 11, 0], [1, -1]);
}

/**
 * Queries with logits beyond the limits, three tiles each: below the smallest row maximum by more than the cutoff, so no key counts; above
 * the largest logit, where all keys count equally; a tile 49 powers of two above the one before it, whose values are so large that any rest of
 * it would show, and one as far below after it; below the smallest logit.
 */
function limits(): ProofCall {
  const keys = 3 * 64;
  const problem = { heads: 1, queries: 4, keys, headDim: 3, valueDim: 2, ...POWERS_OF_TWO };
  const key: number[] = [];
  const value: number[] = [];
  for (let j = 0; j < keys; j++) {
    const [middle, odd] = [j >> 6 === 1, j % 2];
    key.push(-32768, odd === 0 ? 0.5 : 0.25, middle ? 49 : 0);
    value.push((middle ? 1 : 2 ** 80) * (1 + (j & 31)), odd);
  }
  return callOf(problem, 'bfloat16', [1, 1, 0, -1.25, 2048, 0, 0, 0, 1, 1.25, 0, 0], key, value);
}

/**
 * Tiles whose row maxima lie 0, 10, ..., 48 and 49 powers of two below the largest, before and after it, each with keys up to 63 further down: on
 * both sides of the cutoff. The first column's values grow as the weights shrink, so anything dropped or kept shows in 24 bits. Those of the
 * last four are so small that they fall below 2^-100 in a tile, in the fold, or at the end (the last: in two tiles, but not in their sum). The
 * second query goes through the levels in reverse, the third in half steps.
 */
function jumpLadder(): ProofCall {
  const levels = [72, 120, 97, 72, 71, 75, 120, 96];
  const keys = levels.length * 64;
  const problem = { heads: 1, queries: 3, keys, headDim: 2, valueDim: 6, ...POWERS_OF_TWO };
  const key: number[] = [];
  const value: number[] = [];
  const next = integers(1);
  for (let j = 0; j < keys; j++) {
    const level = levels[j >> 6];
    const down = (j * 29) & 63;
    key.push(level, -down);
    const growth = Math.min(120 - level + down, 90);
    const small = (next() >> 24) / 2 ** 5;
    const tiny = (next() >> 24) / 2 ** 60;
    value.push(
      small * 2 ** growth,
      small,
      down < 30 ? 0 : tiny,
      down < 44 ? 0 : tiny,
      down < 48 ? 0 : tiny,
      down === 45 ? 1.5 * 2 ** -56 : 0,
    );
  }
  return callOf(problem, 'bfloat16', [1, 1, -1, 1, 0.5, 1], key, value);
}

/** Rows before the first key see none, the last row sees one; the second tile is hidden from all. */
function maskedRows(): ProofCall {
  const problem: AttentionProblem = {
    heads: 1,
    queries: 3,
    keys: 65,
    headDim: 1,
    valueDim: 3,
    queryStart: -2,
    mask: { causal: true },
    numerics: 'reproducible',
  };
  const value = Array.from({ length: 65 * 3 }, (_, index) => index - 97.5);
  return callOf(
    problem,
    'float32',
    [1, 2, 3],
    Array.from({ length: 65 }, () => 1),
    value,
  );
}

/** Signed 32-bit integers: a linear congruential generator, whose high bits are good enough here. */
function integers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) | 0);
}

function callOf(
  problem: AttentionProblem,
  dtype: Dtype,
  query: readonly number[],
  key: readonly number[],
  value: readonly number[],
): ProofCall {
  const shapes = shapesOf(planAttention(problem));
  return {
    problem,
    query: tensorOf(query, shapes.query, dtype),
    key: tensorOf(key, shapes.key, dtype),
    value: tensorOf(value, shapes.value, dtype),
  };
}

function tensorOf(numbers: readonly number[], shape: readonly number[], dtype: Dtype): Tensor {
  if (dtype === 'float32') return { data: Float32Array.from(numbers), shape, dtype };
  return { data: Uint16Array.from(numbers, dtype === 'bfloat16' ? numberToBfloat16 : numberToFloat16), shape, dtype };
}
