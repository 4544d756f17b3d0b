// The bucketed family: layouts, a bucket function that misbehaves, the adjoint.
import { describe, expect, test } from 'vitest';
import { ParameterError, ShapeError, bucketed, contiguousPositions, debertaRow, planAttention } from '../src/index.ts';
import { expectAdjointMatchesDifferences } from './table-differences.ts';

const side = (distance: number): number => Math.sign(distance) + 1;

describe('bucketed', () => {
  test('reads the table in either layout', () => {
    const byBucket = bucketed({ heads: 2, buckets: 3, bucket: side, table: [1, 2, 3, 4, 5, 6] });
    const byHead = bucketed({ heads: 2, buckets: 3, bucket: side, table: [1, 3, 5, 2, 4, 6], layout: 'heads-buckets' });
    for (const bias of [byBucket, byHead]) {
      expect([-9, 0, 9].map((distance) => bias.value(0, distance, 0))).toEqual([1, 3, 5]);
      expect([-9, 0, 9].map((distance) => bias.value(1, distance, 0))).toEqual([2, 4, 6]);
      expect(bias.lower(contiguousPositions(1, 2, 2))).toMatchObject([
        {
          kind: 'per-distance',
          minDistance: -1,
          maxDistance: 1,
          values: Float64Array.of(1, 3, 5, 2, 4, 6),
        },
      ]);
    }
    expect([byBucket, byHead].map((bias) => bias.parameters['table'].shape)).toEqual([
      [3, 2],
      [2, 3],
    ]);
  });

  test('keeps a copy of the table', () => {
    const table = [1, 2, 3];
    const bias = bucketed({ heads: 1, buckets: 3, bucket: side, table });
    table[1] = 9;
    expect(bias.value(0, 0, 0)).toBe(2);
  });

  test('a bucket outside the table or between two rows is refused while planning, before any kernel runs', () => {
    for (const bucket of [(distance: number): number => distance, (): number => 0.5, (): number => NaN, (): number => 3]) {
      const bias = bucketed({ heads: 1, buckets: 3, bucket, table: [1, 2, 3] });
      expect(() => planAttention({ heads: 1, queries: 4, keys: 4, headDim: 2, bias })).toThrow(
        /bucketed\.bucket\(-?\d\): got .*, wanted an integer from 0 to 2/,
      );
    }
  });

  test('refuses bad options', () => {
    const good = { heads: 1, buckets: 3, bucket: side, table: [1, 2, 3] };
    expect(() => bucketed({ ...good, table: [1, 2] })).toThrow(ShapeError);
    expect(() => bucketed({ ...good, table: [1, 2] })).toThrow(
      'bucketed.table of [buckets, heads] = [3, 1]: got 2 numbers, wanted 3.',
    );
    expect(() => bucketed({ ...good, table: [1, NaN, 3] })).toThrow(ParameterError);
    expect(() => bucketed({ ...good, bucket: [0, 1] as unknown as typeof side })).toThrow('a function from distance to bucket');
    expect(() => bucketed({ ...good, layout: 'rows' as 'buckets-heads' })).toThrow('bucketed.layout');
    expect(() => bucketed({ ...good, heads: 0 })).toThrow('bucketed.heads');
  });

  test('the adjoint sums every distance of a bucket, in either layout', () => {
    const bucket = debertaRow({ bucketSize: 4, maxPosition: 8 });
    for (const layout of ['buckets-heads', 'heads-buckets'] as const) {
      expectAdjointMatchesDifferences(
        (table) => bucketed({ heads: 3, buckets: 8, bucket, table, layout }),
        24,
        contiguousPositions(1, 12, 15),
      );
    }
  });
});
