// The log buckets of DeBERTa-v2: signed, exact up to half of them, rounded up beyond (T5 rounds down), and without an end.
import { requireInteger, requireKnownKeys, requireOneOf } from '../check.ts';
import { ParameterError } from '../errors.ts';
import { UNBOUNDED } from '../mask.ts';
import type { BucketRounding, LogScale } from './log-scale.ts';
import { BUCKET_ROUNDINGS, exactLogScale, firstWhere, float32LogScale, lastStartedBy } from './log-scale.ts';

/** The settings of DeBERTa-v2's logarithmic buckets. */
export interface DebertaBucketOptions {
  /** Buckets on each side: `position_buckets` of the model. Default 256, as in the published models. */
  readonly bucketSize?: number;
  /** `max_relative_positions` of the model. Distance maxPosition - 1 is the last in the table. Default 512, as in the published models. */
  readonly maxPosition?: number;
  /** How the boundaries of logarithmic buckets are rounded. Default `exact`. */
  readonly rounding?: BucketRounding;
}

/** Far beyond any table. Without a limit the integers of the exact comparison could grow to gigabits. */
const MAX_BUCKET = 2 ** 16;

/** Half the number of rows: as given, or as published. */
export function debertaBucketSize(given: unknown = 256): number {
  return requireInteger('deberta.bucketSize', given, 4, 4096);
}

interface Resolved {
  readonly bucketSize: number;
  /** Distances up to here have a bucket each. */
  readonly half: number;
  /** Between bucket `half` and the bucket of maxPosition - 1. */
  readonly steps: number;
  readonly ratio: number;
  readonly scale: LogScale;
}

function resolve(options: DebertaBucketOptions): Resolved {
  requireKnownKeys('deberta', options, ['bucketSize', 'maxPosition', 'rounding']);
  const bucketSize = debertaBucketSize(options.bucketSize);
  const maxPosition = requireInteger('deberta.maxPosition', options.maxPosition ?? 512, 1, UNBOUNDED);
  const rounding = requireOneOf('deberta.rounding', options.rounding ?? 'exact', BUCKET_ROUNDINGS);
  const half = Math.floor(bucketSize / 2);
  const steps = half - 1;
  if (maxPosition - 1 <= half) {
    throw new ParameterError({
      what: 'deberta.maxPosition',
      got: String(maxPosition),
      wanted: `more than ${half + 1}, for bucketSize ${bucketSize}`,
      hint: 'The logarithmic buckets lie between bucketSize / 2 and maxPosition.',
    });
  }
  const ratio = (maxPosition - 1) / half;
  const scale =
    rounding === 'exact'
      ? exactLogScale(half, maxPosition - 1, steps)
      : float32LogScale(half, Math.fround(Math.log(Math.fround(ratio))), steps);
  return { bucketSize, half, steps, ratio, scale };
}

/**
 * The signed DeBERTa-v2 bucket of a distance = i - j, as `make_log_bucket_position` of its code: the distance itself up to bucketSize / 2, then
 * sign * (half + ceil(ln(|distance| / half) / ln((maxPosition - 1) / half) * (half - 1))). Buckets continue beyond the table.
 *
 * @throws ParameterError if maxPosition - 1 lies within the exact buckets, or for a distance whose bucket exceeds 2^16.
 * @see He et al. 2021, arXiv:2006.03654, and the code of DeBERTa-v2 in Hugging Face Transformers.
 * @example
 * debertaBucket({ bucketSize: 8, maxPosition: 32 })(-6); // -5
 */
export function debertaBucket(options: DebertaBucketOptions): (distance: number) => number {
  const { half, steps, ratio, scale } = resolve(options);
  return (distance) => {
    const n = Math.abs(requireInteger('distance', distance, -UNBOUNDED, UNBOUNDED));
    if (n <= half) return distance;
    // ceil(x) is the first integer that x does not exceed.
    const guess = (steps * Math.log(n / half)) / Math.log(ratio);
    if (guess > MAX_BUCKET) {
      throw new ParameterError({
        what: 'distance',
        got: `${distance}, far past maxPosition`,
        wanted: `one whose bucket lies below ${MAX_BUCKET}`,
        hint: 'debertaRow clamps such distances to the ends of the table.',
      });
    }
    return Math.sign(distance) * (half + firstWhere(guess, (m) => scale(n, m) <= 0));
  };
}

/**
 * The row of a distance in the 2 * bucketSize rows of a DeBERTa-v2 model: the signed bucket plus bucketSize, clamped to the table.
 *
 * @example
 * debertaRow({ bucketSize: 8, maxPosition: 32 })(-6); // 3
 */
export function debertaRow(options: DebertaBucketOptions): (distance: number) => number {
  const { bucketSize, half, steps, ratio, scale } = resolve(options);
  // Where the buckets 0 to bucketSize begin: ceil(x) reaches m as soon as x exceeds m - 1.
  const starts = Array.from({ length: bucketSize + 1 }, (_, bucket) => {
    const m = bucket - half;
    return m <= 0 ? bucket : firstWhere(half * ratio ** ((m - 1) / steps), (n) => scale(n, m - 1) > 0);
  });
  return (distance) => {
    const bucket =
      Math.sign(distance) * lastStartedBy(starts, Math.abs(requireInteger('distance', distance, -UNBOUNDED, UNBOUNDED)));
    return Math.min(bucketSize + bucket, 2 * bucketSize - 1);
  };
}
