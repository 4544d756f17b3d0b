// Which distance is in which bucket: the ranges of T5 buckets as rows, and where float32 rounding moves a distance to another bucket.
import type { T5BucketOptions } from '@relbias/bias-spec';
import { firstDistances, t5, t5Bucket } from '@relbias/bias-spec';

/** The largest distance that the library accepts. */
export const LIMIT: number = 2 ** 24;

/** How far float32 is compared with exact arithmetic. */
export const COMPARED = 4096;

/** Distances whose buckets are copied one by one; beyond them, the first distance of each bucket is enough. */
const COPIED = 65_535;

/** One bucket and the distances it holds; `from` is the nearest to 0, `to` the farthest, null where it has no end. */
interface BucketRange {
  readonly bucket: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly count: number | null;
}

/** Everything that the explorer shows of a choice of options. */
export interface BucketMap {
  readonly options: T5BucketOptions;
  bucket(distance: number): number;
  readonly ranges: readonly BucketRange[];
  /** Distances at which exact arithmetic and float32 disagree, up to `COMPARED`. */
  readonly moved: readonly Disagreement[];
  /** The library's remarks on the options. */
  readonly notes: readonly string[];
}

/** @throws ParameterError for options that the library refuses. */
export function bucketMap(options: T5BucketOptions): BucketMap {
  const bucket = t5Bucket(options);
  const first = firstDistances(options);
  const table = new Float64Array(first.length);
  return {
    options,
    bucket,
    ranges: rangesFrom(first),
    moved: disagreements(options, COMPARED),
    notes: t5({ heads: 1, table, ...options }).diagnostics.map(({ message }) => message),
  };
}

/** Every bucket in order, those no distance reads included (from null, count 0). */
function rangesFrom(first: readonly (number | null)[]): BucketRange[] {
  const known = first.filter((one): one is number => one !== null);
  const outwards = (some: readonly number[]): number[] => some.toSorted((one, other) => Math.abs(one) - Math.abs(other));
  const sides = { past: outwards(known.filter((one) => one >= 0)), future: outwards(known.filter((one) => one < 0)) };
  const next = new Map(Object.values(sides).flatMap((side) => side.map((from, at) => [from, side[at + 1]] as const)));
  return first.map((from, bucket) => {
    if (from === null) return { bucket, from, to: null, count: 0 };
    // The next bucket of the same direction ends this one. Unless bidirectional, the future is in bucket 0.
    const end = next.get(from);
    if (end === undefined) return { bucket, from, to: null, count: null };
    const to = end - (from < 0 ? -1 : 1);
    return { bucket, from, to, count: Math.abs(to - from) + 1 };
  });
}

/** A distance that the two roundings put into different buckets. */
interface Disagreement {
  readonly distance: number;
  readonly exact: number;
  readonly float32: number;
}

/** Every distance of the past up to `limit` on which exact arithmetic and float32 disagree. */
function disagreements(options: T5BucketOptions, limit: number): Disagreement[] {
  const exact = t5Bucket({ ...options, rounding: 'exact' });
  const float32 = t5Bucket({ ...options, rounding: 'float32' });
  return Array.from({ length: limit + 1 }, (_, distance) => ({
    distance,
    exact: exact(distance),
    float32: float32(distance),
  })).filter((one) => one.exact !== one.float32);
}

/** The farthest distance that is drawn: past the last boundary, within what the library takes. */
export function farthestDrawn({ maxDistance = 128 }: T5BucketOptions): number {
  return Math.min(LIMIT, Math.max(16, Math.round(maxDistance * 1.5)));
}

/** What "copy as JSON" copies: the options, where each bucket begins, and the bucket of each near distance from 0 on. */
export function bucketJson({ options, bucket, ranges }: BucketMap): { readonly json: string; readonly last: number } {
  const last = Math.min(COPIED, farthestDrawn(options));
  const bucketOfDistance = Array.from({ length: last + 1 }, (_, distance) => bucket(distance));
  return { json: JSON.stringify({ ...options, firstDistances: ranges.map(({ from }) => from), bucketOfDistance }), last };
}
