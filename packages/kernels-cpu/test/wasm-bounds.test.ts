// What the WebAssembly kernel reads: nothing that it was not given, and nothing that is hidden.
import type { AttentionProblem, Bias } from '@relbias/bias-spec';
import { alibi, fire, none } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { CONSTANTS_END, KEY_BLOCK } from '../src/generated/attend-wasm.ts';
import { draw } from './draw.ts';
import { recordMemories } from './recorded-memory.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const draws = seeded('bounds');
const BIASES: readonly Bias[] = [
  none(),
  alibi({ heads: 2, future: 'asymmetric' }),
  // Past its threshold everywhere, so that it lowers to the row-scaled form.
  fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 1 }),
];

const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

/** Problems of every kind that the kernel tells apart, and sizes on both sides of its tiles. */
const problems: fc.Arbitrary<AttentionProblem> = fc
  .record({ batch: size(2), queries: size(70), keys: size(140), headDim: size(10), valueDim: size(18) })
  .chain((sizes) => {
    const tokens = (count: number, min: number, max: number): fc.Arbitrary<number[]> =>
      fc.array(fc.integer({ min, max }), { minLength: sizes.batch * count, maxLength: sizes.batch * count });
    const { batch, queries, keys } = sizes;
    return fc.record({
      sizes: fc.constant(sizes),
      bias: fc.constantFrom(...BIASES),
      where: fc.oneof(
        fc.record({ queryStart: fc.array(fc.integer({ min: -150, max: 300 }), { minLength: batch, maxLength: batch }) }),
        fc.record({ positions: fc.record({ query: tokens(queries, -50, 200), key: tokens(keys, -50, 200) }) }),
      ),
      mask: fc.record(
        {
          causal: fc.boolean(),
          window: fc.record({ left: fc.integer({ min: 0, max: 80 }) }),
          keyLengths: fc.array(fc.integer({ min: 0, max: keys }), { minLength: batch, maxLength: batch }),
          segments: fc.record({ query: tokens(queries, 0, 1), key: tokens(keys, 0, 1) }),
        },
        { requiredKeys: [] },
      ),
      softcap: fc.option(fc.constant(5), { nil: undefined }),
    });
  })
  .map(({ sizes, where, ...rest }) => ({ heads: 2, keyValueHeads: 1, ...sizes, ...where, ...rest }));

test.each(['simd', 'madd'] as const)('%s: nothing depends on what lay in memory', (variant) => {
  const { made } = recordMemories();
  const backend = createCpuBackendSync({ variant });
  fc.assert(
    fc.property(problems, (problem) => {
      const inputs = draw(problem);
      const prepared = backend.prepareSync(problem);
      const results = [0, 0xff].map((byte) => {
        // The first memory is the one that is kept. 0xff in every byte of a float32 is NaN, of an int32 -1.
        new Uint8Array(made[0].buffer, CONSTANTS_END).fill(byte);
        return prepared.runSync(...inputs, { logSumExp: true });
      });
      prepared.dispose();
      expect(made).toHaveLength(1);
      expect(results[1]).toEqual(results[0]);
      expect(results[0].output.data.every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test.each(['simd', 'madd'] as const)(
  '%s: the table slice of contiguous positions hides what the closed form hides',
  (variant) => {
    const { made } = recordMemories();
    const backend = createCpuBackendSync({ variant });
    fc.assert(
      fc.property(problems, ({ queryStart = 0, ...problem }) => {
        // The same positions spelled out take the other way through the kernel. Within one block of keys, both add in the same order.
        const { batch = 1, queries } = problem;
        const keys = Math.min(problem.keys, KEY_BLOCK);
        const mask = { causal: problem.mask?.causal, window: problem.mask?.window };
        const start = (b: number): number => (typeof queryStart === 'number' ? queryStart : queryStart[b]);
        const positions = {
          query: Array.from({ length: batch * queries }, (_, row) => start(Math.floor(row / queries)) + (row % queries)),
          key: Array.from({ length: keys }, (_, j) => j),
        };
        const bias = problem.bias === BIASES[2] ? BIASES[1] : problem.bias;
        const [slice, closed] = [{ queryStart, positions: undefined }, { positions }].map((where) => {
          const same: AttentionProblem = { ...problem, bias, keys, mask, ...where };
          const prepared = backend.prepareSync(same);
          const inputs = draw(same);
          prepared.runSync(...inputs);
          // Zeros beside the table would be a bias of 0 where nothing should be seen.
          new Uint8Array(made[0].buffer, CONSTANTS_END).fill(0);
          return prepared.runSync(...inputs, { logSumExp: true });
        });
        expect(slice).toEqual(closed);
      }),
      { numRuns: 400 },
    );
  },
);

test('keys that are hidden may overflow', () => {
  for (const softcap of [undefined, 30]) {
    const problem: AttentionProblem = { heads: 1, queries: 9, keys: 9, headDim: 8, mask: { causal: true }, softcap };
    const prepared = createCpuBackendSync().prepareSync(problem);
    const [query, key, value] = draw(problem);
    const wanted = prepared.runSync(query, key, value).output.data.subarray(0, 8 * 8);
    // The last key is visible to the last query alone, which is zero. Its products with the others overflow, with either sign.
    const huge = key.map((one, index) => (index < 8 * 8 ? one : 3e38 * (draws() - 0.5)));
    const wide = query.map((one, index) => (index < 8 * 8 ? 1e3 * one : 0));
    const hidden = prepared.runSync(wide, huge, value).output.data.subarray(0, 8 * 8);
    expect(hidden.every(Number.isFinite)).toBe(true);
    expect(prepared.runSync(wide, key, value).output.data.subarray(0, 8 * 8)).toEqual(hidden);
    expect(wanted).not.toEqual(hidden);
  }
});
