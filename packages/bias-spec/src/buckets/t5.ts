// The T5 buckets: exact up to half of them, logarithmic beyond. Thresholds are computed once, with integers, and then looked up.
import type { Diagnostic } from '../bias.ts';
import { requireBoolean, requireInteger, readOptions, requireOneOf } from '../check.ts';
import { ParameterError } from '../errors.ts';
import type { UncheckedOptions } from '../family.ts';
import { UNBOUNDED } from '../mask.ts';
import type { BucketRounding } from './log-scale.ts';
import { BUCKET_ROUNDINGS, exactLogScale, firstWhere, float32LogScale, lastStartedBy } from './log-scale.ts';

/** The settings of T5's buckets, named as in T5's code. */
export interface T5BucketOptions {
  /** The number of buckets: rows of the table. Default 32. */
  readonly numBuckets?: number;
  /** Distances from here on share the last bucket. Default 128. */
  readonly maxDistance?: number;
  /** Whether keys in the future have the upper half of the buckets; otherwise they all have bucket 0. Default true, as in T5's code. */
  readonly bidirectional?: boolean;
  /** How the boundaries of logarithmic buckets are rounded. Default `exact`. */
  readonly rounding?: BucketRounding;
}

export const T5_BUCKET_KEYS: readonly (keyof T5BucketOptions)[] = ['numBuckets', 'maxDistance', 'bidirectional', 'rounding'];

/** A limit for the length of the integers in the exact comparison. */
export const MAX_BUCKETS = 4096;

/** The number of buckets: as given, or as published. */
export function t5NumBuckets(given: unknown = 32): number {
  return requireInteger('t5.numBuckets', given, 1, MAX_BUCKETS);
}

/** Validated options and thresholds: bucket b of a direction holds the distances from starts[b] to below starts[b + 1]. */
export interface T5Thresholds {
  readonly numBuckets: number;
  readonly bidirectional: boolean;
  readonly starts: readonly number[];
}

/** Computes the thresholds. Bucket maxExact + m begins where x(n) reaches m. */
export function t5Thresholds(options: T5BucketOptions): T5Thresholds {
  const { numBuckets: given, ...others } = readOptions('t5', options, T5_BUCKET_KEYS);
  const numBuckets = t5NumBuckets(given);
  const maxDistance = requireInteger('t5.maxDistance', others.maxDistance ?? 128, 1, UNBOUNDED);
  const bidirectional = requireBoolean('t5.bidirectional', others.bidirectional ?? true);
  const rounding = requireOneOf('t5.rounding', others.rounding ?? 'exact', BUCKET_ROUNDINGS);
  const size = bidirectional ? Math.floor(numBuckets / 2) : numBuckets;
  if (size < 2) {
    throw new ParameterError({
      what: 't5.numBuckets',
      got: `${numBuckets}${bidirectional ? ', halved for two directions' : ''}`,
      wanted: `at least ${bidirectional ? 4 : 2}`,
    });
  }
  const maxExact = Math.floor(size / 2);
  if (maxDistance <= maxExact) {
    throw new ParameterError({
      what: 't5.maxDistance',
      got: String(maxDistance),
      wanted: `more than ${maxExact}, the number of exact buckets a direction has with numBuckets ${numBuckets}`,
      hint: 'The logarithmic buckets lie between these two.',
    });
  }
  const steps = size - maxExact;
  const ratio = maxDistance / maxExact;
  const scale =
    rounding === 'exact'
      ? exactLogScale(maxExact, maxDistance, steps)
      : float32LogScale(maxExact, Math.fround(Math.log(ratio)), steps);
  const starts = Array.from({ length: size }, (_, bucket) => {
    const m = bucket - maxExact;
    return m <= 0 ? bucket : firstWhere(maxExact * ratio ** (m / steps), (n) => scale(n, m) >= 0);
  });
  return { numBuckets, bidirectional, starts };
}

/**
 * The T5 bucket of a distance = i - j (T5's own `relative_position` is its negative), an integer from 0 to numBuckets - 1.
 *
 * Bucket maxExact + m of a direction begins at the smallest n with (n / maxExact)^steps >= (maxDistance / maxExact)^m.
 *
 * @throws ParameterError if a direction has fewer than 2 buckets, or maxDistance lies within the exact buckets.
 * @see Raffel et al. 2020, arXiv:1910.10683; `_relative_position_bucket` of Mesh TensorFlow and Hugging Face Transformers.
 * @example
 * const bucket = t5Bucket({ numBuckets: 32, maxDistance: 128, bidirectional: true });
 * bucket(8); // 8
 * bucket(-8); // 24
 */
export function t5Bucket(options: T5BucketOptions = {}): (distance: number) => number {
  return readT5(t5Thresholds(options));
}

/** The bucket function of these thresholds. */
export function readT5({ bidirectional, starts }: T5Thresholds): (distance: number) => number {
  return (distance) => {
    requireInteger('distance', distance, -UNBOUNDED, UNBOUNDED);
    if (distance >= 0) return lastStartedBy(starts, distance);
    return bidirectional ? starts.length + lastStartedBy(starts, -distance) : 0;
  };
}

/**
 * The first distance of each T5 bucket, the one nearest to 0; null for a bucket that no distance falls into.
 *
 * @returns numBuckets entries, negative for the buckets of keys in the future.
 * @example
 * firstDistances({ numBuckets: 32, maxDistance: 128 })[15]; // 91
 */
export function firstDistances(options: T5BucketOptions = {}): (number | null)[] {
  return firstOf(t5Thresholds(options));
}

function firstOf({ numBuckets, starts }: T5Thresholds): (number | null)[] {
  const size = starts.length;
  return Array.from({ length: numBuckets }, (_, bucket) => {
    const side = bucket % size;
    // Distance 0 has bucket 0 of the past. The bucket left over by halving an odd count belongs to neither side.
    const future = bucket >= size;
    if (bucket >= 2 * size || (future && side === 0) || starts[side] === starts[side + 1]) return null;
    return future ? -starts[side] : starts[side];
  });
}

/**
 * The T5 options for n_b and dist_max of 'Foundations of Large Language Models', which counts n_b + 1 buckets, numbered 0 to n_b, for keys in
 * the past. Spread the result into the options of `t5` or `t5Bucket`.
 *
 * @throws ParameterError for an even n_b.
 * @see Xiao and Zhu 2025, arXiv:2501.09223, chapter 2, the T5 bias.
 * @example
 * t5Bucket(bookBuckets({ nb: 3, distMax: 5 }))(4); // 3
 */
export function bookBuckets(options: { readonly nb: number; readonly distMax: number }): T5BucketOptions {
  const read = readOptions('bookBuckets', options, ['nb', 'distMax']);
  const nb = requireInteger('bookBuckets.nb', read.nb, 1, MAX_BUCKETS - 1);
  if (nb % 2 === 0) {
    throw new ParameterError({
      what: 'bookBuckets.nb',
      got: String(nb),
      wanted: 'an odd number',
      hint: `Half of its n_b + 1 buckets are exact, and half of ${nb + 1} is no integer: use ${nb - 1} or ${nb + 1}.`,
    });
  }
  return { numBuckets: nb + 1, maxDistance: requireInteger('bookBuckets.distMax', read.distMax, 1), bidirectional: false };
}

/**
 * Replaces the book's `nb` and `distMax` in unchecked options, if given, by the T5 options of `bookBuckets`.
 *
 * @throws ParameterError for one of the two alone, or for both together with the three options that they replace.
 * @example
 * withBookPair({ nb: 3, distMax: 5 }); // { numBuckets: 4, maxDistance: 5, bidirectional: false }
 */
export function withBookPair(options: UncheckedOptions): UncheckedOptions {
  const { nb, distMax, ...own } = readOptions('t5', options, null);
  if (nb === undefined && distMax === undefined) return own;
  if (nb === undefined || distMax === undefined) {
    throw new ParameterError({ what: 't5.nb and t5.distMax', got: 'one of them', wanted: 'both' });
  }
  const stray = ['numBuckets', 'maxDistance', 'bidirectional'].find((name) => own[name] !== undefined);
  if (stray !== undefined) {
    throw new ParameterError({
      what: 't5.nb',
      got: `nb together with ${stray}`,
      wanted: "nb and distMax alone: they replace three of T5's options",
    });
  }
  return { ...own, ...bookBuckets({ nb, distMax } as { nb: number; distMax: number }) };
}

/** Warnings about buckets that no distance falls into. */
export function diagnoseT5(thresholds: T5Thresholds): Diagnostic[] {
  const size = thresholds.starts.length;
  const first = firstOf(thresholds);
  const dead = [...first.keys()].filter((bucket) => first[bucket] === null);
  const found: Diagnostic[] = [];
  const report = (code: string, buckets: readonly number[], why: string): void => {
    if (buckets.length > 0) found.push({ code, message: `No distance falls into bucket ${buckets.join(', ')}: ${why}.` });
  };
  const isFutureZero = (bucket: number): boolean => bucket === size;
  const isLeftOver = (bucket: number): boolean => bucket === 2 * size;
  const isEmpty = (bucket: number): boolean => !isFutureZero(bucket) && !isLeftOver(bucket);
  report('t5-dead-bucket', dead.filter(isFutureZero), 'distance 0 has bucket 0, so the buckets of the future begin one later');
  report('t5-odd-buckets', dead.filter(isLeftOver), 'halving an odd numBuckets for two directions leaves one over');
  report('t5-empty-buckets', dead.filter(isEmpty), 'there are fewer integers below maxDistance than logarithmic buckets');
  return found;
}
