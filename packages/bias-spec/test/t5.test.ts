// The T5 family: it reads its table through the buckets; its warnings and refusals.
import { describe, expect, test } from 'vitest';
import { ShapeError, bookBuckets, contiguousPositions, firstDistances, planAttention, t5, t5Family } from '../src/index.ts';
import { expectAdjointMatchesDifferences, integers } from './table-differences.ts';

const codes = (options: { numBuckets?: number; maxDistance?: number; bidirectional?: boolean }): string[] =>
  t5({ heads: 1, table: integers(options.numBuckets ?? 32), ...options }).diagnostics.map(({ code }) => code);

describe('t5', () => {
  test('reads the table at the bucket of the distance', () => {
    const table = Array.from({ length: 64 }, (_, index) => index);
    const bias = t5({ heads: 2, table });
    // Row b of [buckets, heads] holds 2b and 2b + 1.
    expect([0, 8, 91, -1, -91].map((distance) => bias.value(0, distance, 0))).toEqual([0, 16, 30, 34, 62]);
    expect([0, 8, 91, -1, -91].map((distance) => bias.value(1, distance, 0))).toEqual([1, 17, 31, 35, 63]);
    const t5x = t5({ heads: 2, table, layout: 'heads-buckets' });
    expect([0, 8, -91].map((distance) => t5x.value(1, distance, 0))).toEqual([32, 40, 63]);
  });

  test('is unscaled unless a problem says otherwise', () => {
    const problem = { heads: 1, queries: 2, keys: 2, headDim: 16, bias: t5({ heads: 1, table: integers(32) }) };
    expect(planAttention(problem)).toMatchObject({ scale: 1, biasScale: 1 });
    expect(planAttention({ ...problem, convention: 'scaled-bias' })).toMatchObject({ scale: 0.25, biasScale: 4 });
  });

  test('reports the rows that no distance reads', () => {
    expect(codes({})).toEqual(['t5-dead-bucket']);
    expect(t5({ heads: 1, table: integers(32) }).diagnostics[0].message).toContain('bucket 16:');
    expect(codes({ bidirectional: false })).toEqual([]);
    expect(codes({ numBuckets: 33, maxDistance: 128 })).toEqual(['t5-dead-bucket', 't5-odd-buckets']);
    expect(codes({ numBuckets: 32, maxDistance: 20, bidirectional: false })).toEqual(['t5-empty-buckets']);
  });

  test('the book has n_b + 1 rows', () => {
    const options = { heads: 1, ...bookBuckets({ nb: 3, distMax: 5 }) };
    expect(t5({ ...options, table: [10, 20, 30, 40] }).value(0, 4, 4)).toBe(40);
    expect(() => t5({ ...options, table: [10, 20, 30] })).toThrow(ShapeError);
  });

  test('refuses unknown options and invalid bucket options', () => {
    expect(() => t5({ heads: 1, table: integers(32), casual: true } as Parameters<typeof t5>[0])).toThrow('t5.casual');
    expect(() => t5({ heads: 1, table: integers(32), maxDistance: 8 })).toThrow('t5.maxDistance');
  });

  test('the adjoint sums every distance of a bucket', () => {
    const make = (table: number[]): ReturnType<typeof t5> => t5({ heads: 2, table, numBuckets: 8, maxDistance: 20 });
    expectAdjointMatchesDifferences(make, 16, contiguousPositions(1, 30, 41));
  });

  test.each([
    ['bidirectional', true],
    ['causal', false],
  ])('its %s case stands on both sides of every logarithmic boundary', (name, bidirectional) => {
    const distances = t5Family.cases.find((one) => one.name === name)?.distances;
    const size = bidirectional ? 16 : 32;
    const starts = firstDistances({ bidirectional })
      .slice(size / 2, size)
      .map(Number);
    const boundaries = [8, 16, 32, 64, 128, ...starts];
    expect(distances).toEqual(expect.arrayContaining(boundaries.flatMap((start) => [start - 1, start])));
  });
});
