// The key range of a block of rows, compared with the mask itself, row by row and key by key.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { planAttention } from '../src/index.ts';
import { isVisible, keyRange } from '../src/backend/index.ts';

const [QUERIES, KEYS] = [6, 9];

const window = fc.record({ left: fc.integer({ min: 0, max: 5 }), right: fc.integer({ min: 0, max: 5 }) }, { requiredKeys: [] });
const masks = fc.record({
  causal: fc.boolean(),
  window,
  keyLengths: fc.array(fc.integer({ min: 0, max: KEYS }), { minLength: 2, maxLength: 2 }),
});

it('begins at the first key that a row of the block sees and ends after the last', () => {
  const blocks = fc.tuple(fc.integer({ min: 0, max: QUERIES - 1 }), fc.integer({ min: 1, max: QUERIES }));
  const starts = fc.array(fc.integer({ min: -12, max: 16 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(masks, starts, blocks, fc.integer({ min: 0, max: 1 }), (mask, queryStart, [firstRow, rows], b) => {
      const endRow = Math.min(QUERIES, firstRow + rows);
      const plan = planAttention({ batch: 2, heads: 1, queries: QUERIES, keys: KEYS, headDim: 1, mask, queryStart });
      const seen: number[] = [];
      for (let j = 0; j < KEYS; j++) {
        for (let i = firstRow; i < endRow; i++) {
          const distance = plan.positions.query[b * QUERIES + i] - plan.positions.key[b * KEYS + j];
          if (isVisible(plan.mask, b, i, j, distance, QUERIES, KEYS)) seen.push(j);
        }
      }
      const { firstKey, endKey } = keyRange(plan, b, firstRow, endRow);
      expect(0 <= firstKey && firstKey <= endKey && endKey <= KEYS).toBe(true);
      // If no row sees anything, any range is right.
      fc.pre(seen.length > 0);
      expect([firstKey, endKey]).toEqual([seen[0], Math.max(...seen) + 1]);
    }),
    { numRuns: 500 },
  );
});

it('is all keys that exist where positions are explicit', () => {
  const plan = planAttention({
    heads: 1,
    queries: 1,
    keys: 3,
    headDim: 1,
    positions: { query: [50], key: [9, 50, 1] },
    mask: { causal: true, window: { left: 1 }, keyLengths: [2] },
  });
  expect(keyRange(plan, 0, 0, 1)).toEqual({ firstKey: 0, endKey: 2 });
});
