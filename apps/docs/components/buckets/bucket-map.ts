// Which distance goes where: the ranges of T5 buckets as rows, and where float32 rounding moves a distance to another bucket.
import type { T5BucketOptions } from '@relbias/bias-spec';
import { firstDistances, t5, t5Bucket } from '@relbias/bias-spec';

/** One bucket and the distances it holds; `from` is the nearest to 0, `to` the farthest, null where it goes on for ever. */
export interface BucketRange {
  readonly bucket: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly count: number | null;
}

/** Every bucket in order, those no distance reads included (from null, count 0). */
export function bucketRanges(options: T5BucketOptions): BucketRange[] {
  const first = firstDistances(options);
  const side = (distance: number): number => (distance < 0 ? -1 : 1);
  return first.map((from, bucket) => {
    if (from === null) return { bucket, from, to: null, count: 0 };
    // The next bucket of the same direction ends this one. Without buckets of its own the future lies in bucket 0, from 0 to no end.
    const later = first.filter(
      (other): other is number => other !== null && side(other) === side(from) && Math.abs(other) > Math.abs(from),
    );
    const next = later.length === 0 ? null : later.reduce((near, one) => (Math.abs(one) < Math.abs(near) ? one : near));
    if (next === null) return { bucket, from, to: null, count: null };
    const to = next - side(next);
    return { bucket, from, to, count: Math.abs(to - from) + 1 };
  });
}

/** A distance that the two roundings put into different buckets. */
export interface Disagreement {
  readonly distance: number;
  readonly exact: number;
  readonly float32: number;
}

/** Every distance of the past up to `limit` on which exact arithmetic and float32 disagree. */
export function disagreements(options: T5BucketOptions, limit: number): Disagreement[] {
  const exact = t5Bucket({ ...options, rounding: 'exact' });
  const float32 = t5Bucket({ ...options, rounding: 'float32' });
  return Array.from({ length: limit + 1 }, (_, distance) => ({
    distance,
    exact: exact(distance),
    float32: float32(distance),
  })).filter((one) => one.exact !== one.float32);
}

/** What a model's owner would want to know of these options, in the library's words. */
export function bucketDiagnostics(options: T5BucketOptions): readonly string[] {
  const table = new Float64Array(options.numBuckets ?? firstDistances(options).length);
  return t5({ heads: 1, table, ...options }).diagnostics.map(({ message }) => message);
}

/** What "copy as JSON" copies: the options, where each bucket begins, and the bucket of each near distance. */
export function bucketJson(options: T5BucketOptions, limit: number): string {
  const bucket = t5Bucket(options);
  const distances = Array.from({ length: limit + 1 }, (_, distance) => bucket(distance));
  return JSON.stringify({ ...options, firstDistances: firstDistances(options), bucketOfDistance: distances });
}
