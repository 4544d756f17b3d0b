// Masks: the closed form against the plain meaning of causal, window, key lengths and segments, for any combination of them.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Mask } from '../src/index.ts';
import { planAttention } from '../src/index.ts';
import { isVisible } from '../src/backend/index.ts';

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

/** What the words of `Mask` mean, read one by one. */
function means(mask: Mask, b: number, i: number, j: number, queryPosition: number, keyPosition: number): boolean {
  const { causal, window: reach, keyLengths, segments } = mask;
  if (causal === true && keyPosition > queryPosition) return false;
  if (reach?.left !== undefined && keyPosition < queryPosition - reach.left) return false;
  if (reach?.right !== undefined && keyPosition > queryPosition + reach.right) return false;
  if (keyLengths !== undefined && j >= keyLengths[b]) return false;
  if (segments === undefined) return true;
  const idOf = (ids: ArrayLike<number>, count: number, token: number): number =>
    ids[ids.length === count ? token : b * count + token];
  return idOf(segments.query, SIZES.queries, i) === idOf(segments.key, SIZES.keys, j);
}

it('shows exactly what its words say', () => {
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

it('hides nothing when nothing is asked for', () => {
  const { mask } = planAttention({ ...SIZES, heads: 1, headDim: 1 });
  expect([mask.querySegments, mask.keySegments, [...mask.keyLengths]]).toEqual([null, null, [4, 4]]);
  expect(isVisible(mask, 1, 0, 3, -1000, SIZES.queries, SIZES.keys)).toBe(true);
});

it('goes by position, not by index, where positions are explicit', () => {
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
