// The key/value cache compared with the full pass: the same bits after any appends, truncations, forks and moves.
import type { Bias } from '@relbias/bias-spec';
import { alibi, toeplitzBias } from '@relbias/bias-spec';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { expect, test } from 'vitest';
import { tokensOf } from './cached-backend.ts';
import { drawTensor } from './draw.ts';
import { walk } from './drawn/caches.ts';

const backend = createCpuBackendSync();

test('after any operations, a cache returns the bits of the full pass', async () => {
  const sum = { steps: 0, compared: 0, refused: 0, grown: 0, failed: 0 };
  // In the last three, a bias allows skipping keys only after the cache has grown, and one of the keys matters.
  for (const seed of [...Array.from({ length: 40 }, (_, index) => index), 47, 140, 617]) {
    for (const [what, count] of Object.entries(await walk(seed))) sum[what as keyof typeof sum] += count;
  }
  // Otherwise the property would hold vacuously.
  expect(sum.steps).toBeGreaterThan(500);
  expect(sum.compared).toBeGreaterThan(500);
  expect(sum.refused).toBeGreaterThan(0);
  expect(sum.refused).toBeLessThan(sum.compared / 10);
  expect(sum.grown).toBeGreaterThan(20);
  expect(sum.failed).toBeGreaterThan(50);
});

/** 600 zero keys of one component but for key 3, which the query finds with the value that it alone has. */
test.each<[string, number | undefined, readonly number[]]>([
  ['all at once', undefined, [600]],
  ['in room made before', 600, [250, 350]],
  ['grown, where at first the bias could let no key go', undefined, [250, 350]],
  ['grown twice, token by token at last', 1, [60, 70, 160, 309, 1]],
])('a far key that matters is not skipped: %s', (_how, capacity, pieces) => {
  const bias = alibi({ heads: 1, slopes: [0.06] });
  const cache = backend.createCacheSync({ heads: 1, headDim: 1, bias, mask: { causal: true }, capacity });
  const key = new Float32Array(600);
  const value = new Float32Array(600);
  key[3] = 60;
  value[3] = 7;
  let at = 0;
  for (const tokens of pieces) {
    cache.append(key.slice(at, at + tokens), value.slice(at, at + tokens));
    at += tokens;
  }
  for (const one of [cache, cache.fork()]) expect(one.attendSync(Float32Array.of(1)).output.data).toEqual(Float32Array.of(7));
  cache.truncate(599);
  expect(cache.attendSync(Float32Array.of(1)).output.data).toEqual(Float32Array.of(7));
});

/** One head, by distance. */
function biasOf(value: (distance: number) => number): Bias {
  const one = (_head: number, distance: number): number => value(distance);
  return toeplitzBias({
    family: 'drawn',
    heads: 1,
    convention: 'after-scaling',
    parameters: {},
    value: one,
    addGradient() {},
  });
}

test('a truncated key does not keep other keys from being skipped: the full pass skips them', () => {
  const length = 150;
  const negligible = -Math.log(length) - 26 * Math.LN2;
  const bias = biasOf((distance) => (distance === 0 ? 0 : Math.abs(distance) <= 32 ? -Infinity : negligible));
  const problem = { heads: 1, headDim: 1, bias };
  // Rows at the beginning reach the tokens at the end last, and only those have values.
  const query = new Float32Array(length).fill(1);
  const key = new Float32Array(length);
  const value = new Float32Array(length).fill(1, 128);
  const cache = backend.createCacheSync(problem);
  cache.append(key, value);
  cache.append(Float32Array.of(1000), Float32Array.of(1));
  cache.truncate(length);
  const wanted = backend.prepareSync({ ...problem, queries: length, keys: length }).runSync(query, key, value);
  expect(wanted.output.data[0]).toBe(0);
  expect(cache.attendSync(query)).toEqual(wanted);
});

test.each([128, 1024, 4096])(
  'which keys are negligible depends on the length of a cache, not on its capacity of %i',
  (capacity) => {
    const length = 128;
    for (const [bits, seen] of [
      [24.99, true],
      [25.01, false],
    ] as const) {
      const light = -Math.log(length) - bits * Math.LN2;
      const bias = biasOf((distance) => (distance < 64 ? 0 : light));
      const cache = backend.createCacheSync({ heads: 1, headDim: 1, bias, mask: { causal: true }, capacity });
      // Only the far half has values.
      cache.append(new Float32Array(length), new Float32Array(length).fill(1, 0, 64));
      expect(cache.attendSync(Float32Array.of(0)).output.data[0] > 0).toBe(seen);
    }
  },
);

test('skips the far keys that the full pass skips: the bits of 3000 tokens, one by one at the end', () => {
  const given = { heads: 4, headDim: 8, bias: alibi({ heads: 4 }), mask: { causal: true } };
  const cache = backend.createCacheSync(given);
  const [key, value] = [drawTensor('key', 1, 4, 3000, 8), drawTensor('value', 1, 4, 3000, 8)];
  let at = 0;
  for (const tokens of [2990, 1, 1, 1, 4, 1, 2]) {
    cache.append(tokensOf(key, at, at + tokens), tokensOf(value, at, at + tokens));
    at += tokens;
    const query = drawTensor(`query ${at}`, 1, 4, 1, 8);
    const prepared = backend.prepareSync({ ...given, queries: 1, keys: at });
    const wanted = prepared.runSync(query, tokensOf(key, 0, at), tokensOf(value, 0, at), { logSumExp: true });
    expect(cache.attendSync(query, { logSumExp: true })).toEqual(wanted);
  }
});
