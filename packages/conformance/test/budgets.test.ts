// Tests of the two limits: the bound holds for numbers that all round the same way, which come close to it; the statistical limit is sharper
// and does not hold for them; a lower precision exceeds both.
import type { AttentionProblem, Backend } from '@relbias/bias-spec';
import { fire, planAttention, shapesOf } from '@relbias/bias-spec';
import type { Limit } from '@relbias/conformance';
import { bellShaped, compare, expectationOf, naiveBackend, seeded } from '@relbias/conformance';
import { saboteurs } from '@relbias/conformance/saboteurs';
import { expect, test } from 'vitest';

type Tensors = readonly [Float32Array, Float32Array, Float32Array];

/** Tensors of numbers that depend on their row and column. */
function tensorsOf(problem: AttentionProblem, number: (row: number, column: number) => number): Tensors {
  const { query, key, value } = shapesOf(planAttention(problem));
  const one = ([, heads, rows, dim]: readonly number[]): Float32Array =>
    Float32Array.from({ length: heads * rows * dim }, (_, index) => number(Math.floor(index / dim), index % dim));
  return [one(query), one(key), one(value)];
}

/** The share of the limit that the worst element of a backend's result used; above 1 it exceeds the limit. */
async function shareOf(backend: Backend, problem: AttentionProblem, [query, key, value]: Tensors, limit: Limit): Promise<number> {
  const prepared = await backend.prepare(problem);
  const { output, logSumExp } = await prepared.run(query, key, value, { logSumExp: true });
  const expectation = expectationOf(prepared.plan, { query, key, value }, limit);
  const { margin } = compare(expectation, { output: output.data, logSumExp: logSumExp?.data ?? new Float32Array() });
  return 1 - Number(margin);
}

/** Rounds like float32, but always a whole unit off and in the same direction. */
const unlucky = naiveBackend({ steps: { round: (value) => value * (1 + 2 ** -24) } });
/** Flushes numbers below the normal range, as GPUs may. */
const flushing = naiveBackend({ steps: { round: (value) => (Math.abs(value) < 2 ** -126 ? 0 : Math.fround(value)) } });

/** With the minimum share of the bound that the worst arithmetic uses: half of it if all terms of a sum are equal. */
const ALIKE: readonly [
  what: string,
  problem: AttentionProblem,
  number: (row: number, column: number) => number,
  least: number,
][] = [
  ['rows of one constant, heads of 1024', { heads: 1, queries: 1, keys: 8, headDim: 1024, valueDim: 4 }, () => 0.3, 0.4],
  [
    'equal keys with equal components, heads of 192',
    { heads: 1, queries: 1, keys: 8, headDim: 192, valueDim: 1 },
    () => 2.1,
    0.4,
  ],
  [
    'the largest component first, so every addition rounds it',
    { heads: 1, queries: 1, keys: 8, headDim: 192, valueDim: 1 },
    (_row, column) => (column === 0 ? 30.1 : 0.001),
    0.9,
  ],
];

test.each(ALIKE)('%s: within the bound, and close to it; beyond the statistical limit', async (_what, problem, number, least) => {
  const tensors = tensorsOf(problem, number);
  expect(await shareOf(naiveBackend(), problem, tensors, 'bound')).toBeLessThan(1);
  const share = await shareOf(unlucky, problem, tensors, 'bound');
  expect(share).toBeGreaterThan(least);
  expect(share).toBeLessThan(1);
  expect(await shareOf(unlucky, problem, tensors, 'statistical')).toBeGreaterThan(1);
});

test('constant rows round the same way even with rounding to nearest', async () => {
  const [[, problem]] = ALIKE;
  const shares = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      shareOf(
        naiveBackend(),
        problem,
        tensorsOf(problem, () => 0.3 + index / 41),
        'statistical',
      ),
    ),
  );
  // Within the naive limit, which is a multiple of this error, but beyond the limit for unrelated numbers.
  expect(Math.max(...shares)).toBeGreaterThan(1);
});

test.each([1 - 1e-8, 1 + 1e-8])(
  'a break at %d times the place of a pair: rounding may move it to the steep side',
  async (factor) => {
    // x of distance 3 before the threshold; the only unit of the network is on beyond the break.
    const x = Math.log1p(0.3) / (Math.log1p(0.1 * 512) + 1e-6);
    const bias = fire({ heads: 1, w1: [1], b1: [-x * factor], w2: [1e6], b2: [0] });
    const problem = { heads: 1, queries: 1, keys: 1, headDim: 1, bias, queryStart: 3 };
    const zeros: Tensors = [new Float32Array(1), new Float32Array(1), new Float32Array(1)];
    const shares = await Promise.all([naiveBackend(), unlucky].map((backend) => shareOf(backend, problem, zeros, 'bound')));
    expect(Math.max(...shares)).toBeLessThan(1);
    expect(Math.max(...shares)).toBeGreaterThan(0.02);
  },
);

test('values below the normal range may be flushed', async () => {
  const problem = { heads: 1, queries: 2, keys: 3, headDim: 2 };
  const random = seeded('subnormal');
  const tensors = tensorsOf(problem, () => bellShaped(random));
  const tiny: Tensors = [tensors[0], tensors[1], tensors[2].map((one) => one * 1e-39)];
  for (const backend of [naiveBackend(), flushing]) expect(await shareOf(backend, problem, tiny, 'bound')).toBeLessThan(1);
  const tinyQueries: Tensors = [tensors[0].map((one) => one * 1e-39), tensors[1], tensors[2]];
  const large = { ...problem, scale: 1e37 };
  for (const backend of [naiveBackend(), flushing]) expect(await shareOf(backend, large, tinyQueries, 'bound')).toBeLessThan(1);
});

test.each(saboteurs.filter(({ name }) => ['weights-in-bfloat16', 'ten-bit-products'].includes(name)))(
  '$name is past the bound, too',
  async ({ backend }) => {
    const problem = { heads: 2, queries: 16, keys: 16, headDim: 8 };
    const random = seeded('sloppy');
    const tensors = tensorsOf(problem, () => bellShaped(random));
    expect(await shareOf(backend(), problem, tensors, 'bound')).toBeGreaterThan(1);
    expect(await shareOf(naiveBackend(), problem, tensors, 'statistical')).toBeLessThan(1);
  },
);
