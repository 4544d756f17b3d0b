// The T5 and DeBERTa bucket functions: hand-checked facts, the small sweep, and properties.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { T5BucketOptions } from '../src/index.ts';
import { ParameterError, bookBuckets, debertaBucket, debertaRow, firstDistances, t5Bucket } from '../src/index.ts';
import { firstWrongDistance, sweptPairs } from './t5-judge.ts';

/** Options that are not refused. */
const anyOptions = fc
  .record({
    numBuckets: fc.integer({ min: 4, max: 130 }),
    maxDistance: fc.integer({ min: 66, max: 5000 }),
    bidirectional: fc.boolean(),
  })
  .map((options): Required<Omit<T5BucketOptions, 'rounding'>> => options);

describe('t5Bucket', () => {
  test('the boundaries of the published models', () => {
    const encoder = t5Bucket();
    expect([0, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, 5000].map(encoder)).toEqual([
      0, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 15, 15,
    ]);
    expect([-1, -7, -8, -16, -90, -91, -5000].map(encoder)).toEqual([17, 23, 24, 26, 30, 31, 31]);
    const decoder = t5Bucket({ bidirectional: false });
    expect([-5, -1, 0, 15, 16, 18, 19, 112, 113, 128].map(decoder)).toEqual([0, 0, 0, 15, 16, 16, 17, 30, 31, 31]);
  });

  test('an exact tie begins its bucket: 80 is 8 * sqrt(800 / 8)', () => {
    const bucket = t5Bucket({ numBuckets: 16, maxDistance: 800, bidirectional: false });
    expect([79, 80].map(bucket)).toEqual([11, 12]);
  });

  test('float32 gives the buckets of the published code where they differ from exact arithmetic', () => {
    const at = (numBuckets: number, maxDistance: number, distance: number): number[] =>
      (['exact', 'float32'] as const).map((rounding) =>
        t5Bucket({ numBuckets, maxDistance, bidirectional: false, rounding })(distance),
      );
    expect(at(19, 25, 15)).toEqual([14, 13]);
    expect(at(17, 343, 28)).toEqual([11, 10]);
    expect(at(35, 942, 603)).toEqual([32, 33]);
    expect(at(16, 800, 80)).toEqual([12, 12]);
    // Ties (14 is 4 * sqrt(49 / 4)) that only the logarithm of the ratio rounded to float32 leaves where they are.
    expect(at(8, 49, 14)).toEqual([6, 6]);
    expect(at(7, 507, 39)).toEqual([5, 5]);
  });

  test('every 40th pair of the sweep at distances 0 to 4096', () => {
    const some = sweptPairs().filter((_, index) => index % 40 === 0);
    expect(some.length).toBeGreaterThan(400);
    for (const [numBuckets, maxDistance] of some) {
      const bucket = t5Bucket({ numBuckets, maxDistance, bidirectional: false });
      expect({ numBuckets, maxDistance, wrong: firstWrongDistance(numBuckets, maxDistance, bucket) }).toEqual({
        numBuckets,
        maxDistance,
        wrong: null,
      });
    }
  });

  test('the check of the sweep catches a boundary moved by one, in either direction', () => {
    const bucket = t5Bucket({ numBuckets: 16, maxDistance: 800, bidirectional: false });
    const movedUp = (distance: number): number => (distance === 80 ? 11 : bucket(distance));
    const movedDown = (distance: number): number => (distance === 79 ? 12 : bucket(distance));
    expect(firstWrongDistance(16, 800, movedUp)).toBe(80);
    expect(firstWrongDistance(16, 800, movedDown)).toBe(79);
    // 8 * (801 / 8)^(3/8) is 45.02, so bucket 11 begins one later than for 800.
    expect(firstWrongDistance(16, 801, bucket)).toBe(45);
  });

  test('a direction of bidirectional buckets is causal with half as many', () => {
    fc.assert(
      fc.property(anyOptions, fc.integer({ min: 1, max: 6000 }), ({ numBuckets, maxDistance }, distance) => {
        const size = Math.floor(numBuckets / 2);
        const both = t5Bucket({ numBuckets, maxDistance });
        const causal = t5Bucket({ numBuckets: size, maxDistance, bidirectional: false });
        expect([both(distance), both(-distance), causal(-distance)]).toEqual([causal(distance), size + causal(distance), 0]);
      }),
    );
  });

  test('refuses options without buckets, with the numbers in the message', () => {
    expect(() => t5Bucket({ numBuckets: 3 })).toThrow('t5.numBuckets: got 3, halved for two directions, wanted at least 4.');
    expect(() => t5Bucket({ numBuckets: 1, bidirectional: false })).toThrow('t5.numBuckets: got 1, wanted at least 2.');
    expect(() => t5Bucket({ numBuckets: 32, maxDistance: 8 })).toThrow('t5.maxDistance: got 8, wanted more than 8');
    const bad: T5BucketOptions[] = [
      { numBuckets: 4097, maxDistance: 5000 },
      { numBuckets: 8.5 },
      { maxDistance: Infinity },
      { maxDistance: 2 ** 25 },
      { rounding: 'float64' as 'float32' },
      { bidirectional: 1 as unknown as boolean },
      { buckets: 32 } as T5BucketOptions,
    ];
    for (const options of bad) expect(() => t5Bucket(options)).toThrow(ParameterError);
    for (const distance of [1.5, NaN, 2 ** 30]) expect(() => t5Bucket()(distance)).toThrow(ParameterError);
  });
});

describe('firstDistances', () => {
  test('the published models', () => {
    expect(firstDistances().slice(8, 16)).toEqual([8, 12, 16, 23, 32, 46, 64, 91]);
    expect(firstDistances().slice(16, 26)).toEqual([null, -1, -2, -3, -4, -5, -6, -7, -8, -12]);
    expect(firstDistances({ bidirectional: false }).slice(16)).toEqual([
      16, 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113,
    ]);
  });

  test('more log buckets than integers leave some empty, and an odd count leaves one unused', () => {
    // 5 * 1.2^(m/5) lies between 5 and 6 for m = 1 to 4.
    const crowded = firstDistances({ numBuckets: 10, maxDistance: 6, bidirectional: false });
    expect(crowded).toEqual([0, 1, 2, 3, 4, 5, null, null, null, 6]);
    expect(firstDistances({ numBuckets: 5, maxDistance: 20 })).toEqual([0, 1, null, -1, null]);
  });

  test('is where the bucket function enters each bucket', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const bucket = t5Bucket(options);
        const reached = [...firstDistances(options).entries()].flatMap(([index, first]) =>
          first === null ? [] : [{ index, first }],
        );
        expect(reached.map(({ first }) => bucket(first))).toEqual(reached.map(({ index }) => index));
        const nearer = reached.filter(({ first }) => first !== 0);
        const entered = nearer.filter(({ index, first }) => bucket(first - Math.sign(first)) !== index);
        expect(entered).toEqual(nearer);
      }),
    );
  });
});

describe('bookBuckets', () => {
  test('the worked example of the book', () => {
    const bucket = t5Bucket(bookBuckets({ nb: 3, distMax: 5 }));
    expect([0, 1, 2, 3, 4, 5, 6, 7].map(bucket)).toEqual([0, 1, 2, 2, 3, 3, 3, 3]);
  });

  test('an even n_b is refused', () => {
    expect(() => bookBuckets({ nb: 4, distMax: 16 })).toThrow('half of 5 is no integer: use 3 or 5.');
    expect(() => bookBuckets({ nb: 0, distMax: 16 })).toThrow(ParameterError);
  });

  test('the number of buckets is bounded as for T5, and unknown options are refused', () => {
    expect(t5Bucket({ ...bookBuckets({ nb: 4095, distMax: 5000 }), rounding: 'float32' })(4999)).toBe(4095);
    for (const options of [
      { nb: 4097, distMax: 5000 },
      { nb: 3, distMax: 0 },
      { nb: 3, distMax: 5, maxDistance: 7 },
    ]) {
      expect(() => bookBuckets(options)).toThrow(ParameterError);
    }
  });
});

describe('DeBERTa', () => {
  test('rounds up, keeps the sign, and continues past the table', () => {
    // half = 4, steps = 3, ratio 32 / 4 = 8: x = log2(n / 4), so 8 and 16 are exact ties.
    const bucket = debertaBucket({ bucketSize: 8, maxPosition: 33 });
    expect([0, 1, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65].map(bucket)).toEqual([0, 1, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9]);
    expect([-1, -4, -8, -9].map(bucket)).toEqual([-1, -4, -5, -6]);
  });

  test('a row is the signed bucket, shifted and clamped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 64 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: -3000, max: 3000 }),
        fc.constantFrom('exact' as const, 'float32' as const),
        (bucketSize, more, distance, rounding) => {
          const options = { bucketSize, maxPosition: Math.floor(bucketSize / 2) + 1 + more, rounding };
          const bucket = debertaBucket(options);
          const row = Math.max(0, Math.min(2 * bucketSize - 1, bucket(distance) + bucketSize));
          expect(debertaRow(options)(distance)).toBe(row);
          expect(bucket(-distance) + bucket(distance)).toBe(0);
        },
      ),
    );
  });

  test('float32 rounds a tie up where its logarithms are too large', () => {
    // half = 9, steps = 8, (17 - 1) / 9 = (4/3)^2: distance 12 = 9 * 4/3 lies exactly at x = 4.
    expect(debertaBucket({ bucketSize: 18, maxPosition: 17 })(12)).toBe(13);
    expect(debertaBucket({ bucketSize: 18, maxPosition: 17, rounding: 'float32' })(12)).toBe(14);
  });

  test('refuses a decreasing scale, and distances whose comparison would take too long', () => {
    expect(() => debertaBucket({ bucketSize: 32, maxPosition: 17 })).toThrow('deberta.maxPosition: got 17, wanted more than 17');
    expect(() => debertaBucket({ bucketSize: 2, maxPosition: 17 })).toThrow(ParameterError);
    expect(() => debertaBucket({ bucketSize: 4096, maxPosition: 2050 })(2 ** 23)).toThrow('debertaRow clamps');
    expect(() => debertaRow({ bucketSize: 8, maxPosition: 32 })(0.5)).toThrow(ParameterError);
  });
});
