// Masks: the closed form compared with the definitions of causal, window, key lengths and segments, for any combination of them.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Integers, Mask } from '../src/index.ts';
import { planAttention } from '../src/index.ts';
import { isVisible, readInputs } from '../src/backend/index.ts';
import { readCanonicalInputs } from '../src/reproducible/index.ts';

const SIZES = { batch: 2, queries: 3, keys: 4 } as const;

const window = fc.record({ left: fc.integer({ min: 0, max: 5 }), right: fc.integer({ min: 0, max: 5 }) }, { requiredKeys: [] });
const tokens = (count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 2 }), { minLength: count, maxLength: count });
const perToken = (count: number): fc.Arbitrary<number[]> => fc.oneof(tokens(count), tokens(SIZES.batch * count));
const masks: fc.Arbitrary<Mask> = fc.record(
  {
    causal: fc.boolean(),
    window,
    keyLengths: fc.array(fc.integer({ min: 0, max: SIZES.keys }), { minLength: SIZES.batch, maxLength: SIZES.batch }),
    segments: fc.record({ query: perToken(SIZES.queries), key: perToken(SIZES.keys) }),
  },
  { requiredKeys: [] },
);

/** The options of `Mask` by their definitions, one by one. */
function means(mask: Mask, b: number, i: number, j: number, queryPosition: number, keyPosition: number): boolean {
  const { causal, window: reach, keyLengths, segments } = mask;
  if (causal === true && keyPosition > queryPosition) return false;
  if (reach?.left !== undefined && keyPosition < queryPosition - reach.left) return false;
  if (reach?.right !== undefined && keyPosition > queryPosition + reach.right) return false;
  if (keyLengths !== undefined && j >= keyLengths[b]) return false;
  if (segments === undefined) return true;
  const idOf = (ids: Integers, count: number, token: number): number | bigint =>
    ids[ids.length === count ? token : b * count + token];
  return idOf(segments.query, SIZES.queries, i) === idOf(segments.key, SIZES.keys, j);
}

it('shows exactly the pairs that its options define', () => {
  fc.assert(
    fc.property(masks, fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 2, maxLength: 2 }), (mask, queryStart) => {
      const { mask: closed, positions } = planAttention({ ...SIZES, heads: 1, headDim: 1, mask, queryStart });
      for (let b = 0; b < SIZES.batch; b++) {
        for (let i = 0; i < SIZES.queries; i++) {
          for (let j = 0; j < SIZES.keys; j++) {
            const [query, key] = [positions.query[b * SIZES.queries + i], positions.key[b * SIZES.keys + j]];
            const visible = isVisible(closed, b, i, j, query - key, SIZES.queries, SIZES.keys);
            expect(visible).toBe(means(mask, b, i, j, query, key));
          }
        }
      }
    }),
    { numRuns: 1000 },
  );
});

it.each([
  ['BigInt64Array', BigInt64Array.of(3n, 1n), BigInt64Array.of(0n, 0n, 1n), BigInt64Array.of(0n, 1n, 1n, 1n)],
  ['BigUint64Array', BigUint64Array.of(3n, 1n), BigUint64Array.of(0n, 0n, 1n), BigUint64Array.of(0n, 1n, 1n, 1n)],
  ['Int32Array', Int32Array.of(3, 1), Int32Array.of(0, 0, 1), Int32Array.of(0, 1, 1, 1)],
  ['Uint8Array', Uint8Array.of(3, 1), Uint8Array.of(0, 0, 1), Uint8Array.of(0, 1, 1, 1)],
  ['lists of BigInts', [3n, 1n], [0n, 0n, 1n], [0n, 1n, 1n, 1n]],
])('reads lengths, segments and starts from a %s', (_kind, keyLengths: Integers, query: Integers, key: Integers) => {
  const mask = { keyLengths, segments: { query, key } };
  const closed = planAttention({ ...SIZES, heads: 1, headDim: 1, mask, queryStart: keyLengths });
  expect([...closed.mask.keyLengths]).toEqual([3, 1]);
  expect([...(closed.mask.querySegments ?? [])]).toEqual([0, 0, 1, 0, 0, 1]);
  expect([...(closed.mask.keySegments ?? [])]).toEqual([0, 1, 1, 1, 0, 1, 1, 1]);
  expect([...(closed.positions.queryStart ?? [])]).toEqual([3, 1]);
});

it('the hint for a number that is not finite says where padding may hold anything, and where it must be 0', () => {
  const segments = { query: [0, 0, 0], key: [0, 0, 0, 1] };
  const plan = planAttention({ queries: 3, keys: 4, heads: 1, headDim: 1, mask: { segments } });
  const reproducible = planAttention({ queries: 3, keys: 4, heads: 1, headDim: 1, mask: { segments }, numerics: 'reproducible' });
  const [three, four] = [new Float32Array(3), new Float32Array(4)];
  const padded = Float32Array.of(1, 1, 1, Number.NaN);
  const hidden = /key\.data\[3\]: got NaN, .* that a segment, a window or causality hides must be finite: set them to 0\./;
  expect(() => readInputs(plan, three, padded, four)).toThrow(hidden);
  expect(() => readCanonicalInputs(reproducible, three, padded, four)).toThrow(hidden);
  expect(() => readInputs(plan, padded.subarray(1), four, four)).toThrow(
    'query.data[2]: got NaN, wanted a finite number. If this query is',
  );
});

it('hides nothing without options', () => {
  const { mask } = planAttention({ ...SIZES, heads: 1, headDim: 1 });
  expect([mask.querySegments, mask.keySegments, [...mask.keyLengths]]).toEqual([null, null, [4, 4]]);
  expect(isVisible(mask, 1, 0, 3, -1000, SIZES.queries, SIZES.keys)).toBe(true);
});

it('compares positions, not indices, if positions are explicit', () => {
  const { mask, positions } = planAttention({
    heads: 1,
    queries: 1,
    keys: 3,
    headDim: 1,
    mask: { causal: true },
    positions: { query: [5], key: [9, 5, 1] },
  });
  const visible = [0, 1, 2].map((j) => isVisible(mask, 0, 0, j, positions.query[0] - positions.key[j], 1, 3));
  expect(visible).toEqual([false, true, true]);
});
