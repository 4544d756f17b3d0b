// The full sweep of T5 buckets against exact arithmetic: 18,856 pairs, distances 0 to 4096. Run by `pnpm run test:sweep`.
import { expect, test } from 'vitest';
import { t5Bucket } from '../src/index.ts';
import { firstWrongDistance, sweptPairs } from './t5-judge.ts';

test('18,856 pairs (numBuckets, maxDistance) at distances 0 to 4096', () => {
  const pairs = sweptPairs();
  expect(new Set(pairs.map(String)).size).toBe(18_856);
  const wrong = pairs.flatMap(([numBuckets, maxDistance]) => {
    const distance = firstWrongDistance(numBuckets, maxDistance, t5Bucket({ numBuckets, maxDistance, bidirectional: false }));
    return distance === null ? [] : [{ numBuckets, maxDistance, distance }];
  });
  expect(wrong).toEqual([]);
});
