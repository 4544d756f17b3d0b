import { t5Bucket } from '@relbias/bias-spec';

export const question =
  'Distances 0 to 15 are exact and 512 is the limit: which share a bucket with 40?';

// 16 exact buckets are half of 32, for keys in the past.
const bucket = t5Bucket({ numBuckets: 32, maxDistance: 512, bidirectional: false });
const together = Array.from({ length: 513 }, (_, n) => n).filter(
  (n) => bucket(n) === bucket(40),
);

export const says = `${together.filter((n) => n !== 40).join(', ')}: distances ${together[0]} to ${together.at(-1)} are all in bucket ${bucket(40)}.`;
