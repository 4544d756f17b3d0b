// Skipping of negligible keys (docs/skipping.md): it happens, it stops where it must, and no result changes by more than one rounding.
import type { AttentionProblem, Bias } from '@relbias/bias-spec';
import { alibi, planAttention, toeplitzBias } from '@relbias/bias-spec';
import { bellShaped, compare, expectationOf, seeded } from '@relbias/conformance';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backendOf } from '../src/backend/backend.ts';
import { ROW_BLOCK_FIELDS } from '../src/generated/attend-wasm.ts';
import { biasTables } from '../src/wasm/bias-tables.ts';
import { wasmKernel } from '../src/wasm/kernel.ts';
import { SINGLE_THREAD, layOut } from '../src/wasm/layout.ts';
import { compileAttendSync } from '../src/wasm/module.ts';
import { profileOf } from '../src/wasm/reproducible.ts';
import { openPool } from '../src/wasm/workspace.ts';
import { draw } from './draw.ts';

type Tensors = ReturnType<typeof draw>;
/** The variants skip groups of different sizes. */
type Variant = 'simd' | 'madd';

/** Runs a problem, and reads the kernel's counters from the memory that the run returned. */
function runCounted(
  problem: AttentionProblem,
  inputs: Tensors,
  variant: Variant = 'madd',
): ReturnType<typeof results> & { computed: number; skipped: number } {
  const pool = openPool(compileAttendSync({ variant, shared: false }));
  const got = results(pool, problem, inputs, variant);
  const plan = planAttention(problem);
  const { rowBlocks, bytes } = layOut(
    plan,
    biasTables(plan, plan.numerics === 'fast' ? null : profileOf(plan)),
    pool.sizes(),
    SINGLE_THREAD,
  );
  const words = new Int32Array(pool.take(bytes).memory.buffer);
  const count = (name: 'tilesComputed' | 'tilesSkipped'): number =>
    words[rowBlocks[0].parameters / 4 + ROW_BLOCK_FIELDS[name].word];
  return { ...got, computed: count('tilesComputed'), skipped: count('tilesSkipped') };
}

function results(
  pool: ReturnType<typeof openPool>,
  problem: AttentionProblem,
  inputs: Tensors,
  variant: Variant,
): { output: Float32Array; logSumExp: Float32Array } {
  const { output, logSumExp } = backendOf(wasmKernel(pool, variant))
    .prepareSync(problem)
    .runSync(...inputs, { logSumExp: true });
  return { output: output.data, logSumExp: logSumExp?.data ?? new Float32Array() };
}

function expectWithinBudget(problem: AttentionProblem, [query, key, value]: Tensors, got: ReturnType<typeof results>): void {
  const plan = planAttention(problem);
  expect(compare(expectationOf(plan, { query, key, value }, 'statistical'), got)).toMatchObject({ status: 'pass', reason: null });
}

/** A bias from a plain function of the distance. */
function biasOf(value: (distance: number) => number, heads = 1): Bias {
  const one = (_head: number, distance: number): number => value(distance);
  return toeplitzBias({ family: 'drawn', heads, convention: 'after-scaling', parameters: {}, value: one, addGradient() {} });
}

/** The same problem in a form in which nothing is skipped. */
function withExplicitPositions(problem: AttentionProblem): AttentionProblem {
  const { queryStart, ...rest } = problem;
  const start = typeof queryStart === 'number' ? queryStart : 0;
  const query = Array.from({ length: problem.queries }, (_, i) => start + i);
  const key = Array.from({ length: problem.keys }, (_, j) => j);
  return { ...rest, positions: { query, key } };
}

test.each(['simd', 'madd'] as const)('%s: ALiBi at 4096 tokens skips most of its tiles', (variant) => {
  const problem: AttentionProblem = {
    heads: 8,
    queries: 4096,
    keys: 4096,
    headDim: 64,
    bias: alibi({ heads: 8 }),
    mask: { causal: true },
  };
  const inputs = draw(problem);
  const skipping = runCounted(problem, inputs, variant);
  expect(skipping.skipped).toBeGreaterThan(skipping.computed);
});

/** Biases as functions of the distance: some that allow skipping far keys, and some that do not. */
const shapes: Record<string, (slope: number) => (distance: number) => number> = {
  falling: (slope) => (distance) => -slope * Math.abs(distance),
  rising: (slope) => (distance) => slope * Math.abs(distance),
  'falling, with a far peak': (slope) => (distance) => (distance === 300 ? 5 : -slope * Math.abs(distance)),
  'falling to a floor': (slope) => (distance) => Math.max(-slope * Math.abs(distance), -20),
  'hidden in places': (slope) => (distance) => (distance % 150 > 40 ? -Infinity : -slope * Math.abs(distance)),
  'hidden nearby': (slope) => (distance) => (Math.abs(distance) < 170 ? -Infinity : -slope * Math.abs(distance)),
  steps: (slope) => (distance) => -slope * 100 * Math.floor(Math.abs(distance) / 100),
};

const problems: fc.Arbitrary<AttentionProblem> = fc
  .record({
    shape: fc.constantFrom(...Object.keys(shapes)),
    slope: fc.constantFrom(0.05, 0.3, 1, 4),
    biasScale: fc.constantFrom(1, 1, -1, 0.25),
    queries: fc.integer({ min: 1, max: 140 }),
    keys: fc.integer({ min: 1, max: 420 }),
    queryStart: fc.integer({ min: -80, max: 500 }),
    causal: fc.boolean(),
    left: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
    shared: fc.boolean(),
    softcap: fc.constantFrom(undefined, undefined, 3),
    shortBy: fc.integer({ min: 0, max: 20 }),
    segment: fc.option(fc.integer({ min: 30, max: 200 }), { nil: undefined }),
  })
  .map(({ shape, slope, biasScale, causal, left, shared, softcap, shortBy, segment, ...sizes }) => {
    const { queries, keys } = sizes;
    const ids = (count: number, from: number, length: number): number[] =>
      Array.from({ length: count }, (_, index) => Math.floor((from + index) / length));
    return {
      ...sizes,
      heads: 2,
      keyValueHeads: shared ? 1 : 2,
      headDim: 5,
      biasScale,
      bias: biasOf(shapes[shape](slope), 2),
      ...(softcap === undefined ? {} : { softcap }),
      mask: {
        causal,
        window: { left },
        keyLengths: [Math.max(0, keys - shortBy)],
        ...(segment === undefined
          ? {}
          : { segments: { query: ids(queries, sizes.queryStart, segment), key: ids(keys, 0, segment) } }),
      },
    };
  });

/** One key in the far past or future, or one query, is so large that its tile must not be skipped. */
const outliers = fc.record({ tensor: fc.constantFrom(0, 1), where: fc.nat(), factor: fc.constantFrom(1, 1, 30, 1000) });

test('for any bias and inputs, results are within the budget, as without skipping', () => {
  let skipped = 0;
  let computed = 0;
  fc.assert(
    fc.property(
      problems,
      outliers,
      fc.string(),
      fc.constantFrom('simd', 'madd'),
      (problem, { tensor, where, factor }, seed, variant) => {
        const inputs = draw(problem, seed);
        const rows = inputs[tensor].length / problem.headDim;
        const row = where % rows;
        for (let c = 0; c < problem.headDim; c++) inputs[tensor][row * problem.headDim + c] *= factor;
        const got = runCounted(problem, inputs, variant);
        skipped += got.skipped;
        computed += got.computed;
        expectWithinBudget(problem, inputs, got);
        const unskipped = runCounted(withExplicitPositions(problem), inputs, variant);
        expect(unskipped.skipped).toBe(0);
        expectWithinBudget(problem, inputs, unskipped);
      },
    ),
    { numRuns: 300, seed: 4096 },
  );
  // Otherwise the property would hold vacuously.
  expect(skipped).toBeGreaterThan(computed / 10);
});

const far: AttentionProblem = {
  heads: 1,
  queries: 512,
  keys: 512,
  headDim: 4,
  bias: alibi({ heads: 1 }),
  mask: { causal: true },
};

// In the first and in later panels of its block, in the first and in a later block.
test.each([0, 20, 63, 64, 100])('a far key with a huge norm, %i, is not skipped by the row with the same direction', (huge) => {
  for (const softcap of [undefined, 100]) {
    const problem = { ...far, bias: biasOf((distance) => -distance / 10), ...(softcap === undefined ? {} : { softcap }) };
    const inputs = draw(problem);
    // simd: near ties of logits in the thousands depend on rounding, and this variant rounds like the naive float32 sum.
    const plain = runCounted(problem, inputs, 'simd');
    const [query, key, value] = inputs;
    query.fill(1, 511 * 4);
    key.fill(2000, huge * 4, (huge + 1) * 4);
    const got = runCounted(problem, inputs, 'simd');
    expect(got.computed).toBeGreaterThan(plain.computed);
    expect(got.output.slice(511 * 4)).toEqual(value.slice(huge * 4, (huge + 1) * 4));
    // With the softcap, other rows have near ties at +-100, which the kernel's tanh decides, with or without skipping.
    if (softcap === undefined) expectWithinBudget(problem, inputs, got);
  }
});

test('nothing is skipped where the bias rises with the distance', () => {
  for (const problem of [
    { ...far, bias: biasOf((distance) => distance) },
    { ...far, biasScale: -1 },
  ]) {
    const inputs = draw(problem);
    const got = runCounted(problem, inputs);
    expect(got.skipped).toBe(0);
    expectWithinBudget(problem, inputs, got);
  }
});

test('norms that overflow skip nothing', () => {
  const problem = { ...far, bias: biasOf((distance) => -distance), scale: 1e-30 };
  const random = seeded('large');
  const [query, key, value] = draw(problem);
  const inputs: Tensors = [query.map(() => 1e10 * bellShaped(random)), key.map(() => 1e20 * bellShaped(random)), value];
  const got = runCounted(problem, inputs);
  expect(got.skipped).toBe(0);
  expectWithinBudget(problem, inputs, got);
});

test('keys that weigh more than 2^-25 count, keys that weigh less do not', () => {
  // One near key, and a block of 64 keys that together weigh half of 2^-bits of it: the output shows the value that only they have.
  const keys = 128;
  const weighed = (bits: number): ReturnType<typeof runCounted> => {
    const light = -Math.log(keys) - bits * Math.LN2;
    const bias = biasOf((distance) => (distance === 0 ? 0 : distance < 64 ? -Infinity : light));
    const problem: AttentionProblem = { heads: 1, queries: 1, keys, headDim: 1, bias, mask: { causal: true } };
    const value = new Float32Array(keys).fill(1, 0, 64);
    return runCounted(problem, [new Float32Array(1), new Float32Array(keys), value]);
  };
  for (const bits of [15, 20, 24.99]) {
    const { output, skipped } = weighed(bits);
    expect(skipped).toBe(0);
    expect(output[0] / 2 ** -(bits + 1)).toBeCloseTo(1, 3);
  }
  const { output, skipped } = weighed(25.01);
  expect(skipped).toBe(1);
  expect(output[0]).toBe(0);
});
