// The WebAssembly kernel reads nothing outside its inputs, and nothing that is hidden.
import type { AttentionProblem } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { CONSTANTS_END, KEY_BLOCK } from '../src/generated/attend-wasm.ts';
import { draw } from './draw.ts';
import { BIASES, problems } from './problems.ts';
import { recordMemories } from './recorded-memory.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const draws = seeded('bounds');
test.each(['simd', 'madd'] as const)('%s: nothing depends on previous contents of memory', (variant) => {
  const { made } = recordMemories();
  const backend = createCpuBackendSync({ variant });
  fc.assert(
    fc.property(problems, (problem) => {
      const inputs = draw(problem);
      const prepared = backend.prepareSync(problem);
      const results = [0, 0xff].map((byte) => {
        // The first memory is the one that is reused. 0xff in every byte of a float32 is NaN, of an int32 -1.
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
        // The same positions, given explicitly, take another path through the kernel. Within one block of keys, both add in the same order.
        const { batch = 1, queries } = problem;
        const keys = Math.min(problem.keys, KEY_BLOCK);
        const mask = { causal: problem.mask?.causal, window: problem.mask?.window };
        const start = (b: number): number => (typeof queryStart === 'number' ? queryStart : Number(queryStart[b]));
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
          // Zeros next to the table would be a bias of 0 for pairs that must be hidden.
          new Uint8Array(made[0].buffer, CONSTANTS_END).fill(0);
          return prepared.runSync(...inputs, { logSumExp: true });
        });
        expect(slice).toEqual(closed);
      }),
      { numRuns: 400 },
    );
  },
);

test('hidden keys may overflow', () => {
  for (const softcap of [undefined, 30]) {
    const problem: AttentionProblem = { heads: 1, queries: 9, keys: 9, headDim: 8, mask: { causal: true }, softcap };
    const prepared = createCpuBackendSync().prepareSync(problem);
    const [query, key, value] = draw(problem);
    const wanted = prepared.runSync(query, key, value).output.data.subarray(0, 8 * 8);
    // The last key is visible only to the last query, which is zero. Its products with the others overflow, with either sign.
    const huge = key.map((one, index) => (index < 8 * 8 ? one : 3e38 * (draws() - 0.5)));
    const wide = query.map((one, index) => (index < 8 * 8 ? 1e3 * one : 0));
    const hidden = prepared.runSync(wide, huge, value).output.data.subarray(0, 8 * 8);
    expect(hidden.every(Number.isFinite)).toBe(true);
    expect(prepared.runSync(wide, key, value).output.data.subarray(0, 8 * 8)).toEqual(hidden);
    expect(wanted).not.toEqual(hidden);
  }
});
