// T5: a table over buckets that are exact for near keys and logarithmic for far ones.
import type { Bias } from '../bias.ts';
import { T5_BUCKET_KEYS, diagnoseT5, readT5, t5Thresholds } from '../buckets/t5.ts';
import type { T5BucketOptions } from '../buckets/t5.ts';
import type { TableLayout } from '../buckets/table.ts';
import { tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../lists.ts';
import { readOptions } from '../check.ts';

/** T5's buckets and the learned table over them. */
export interface T5Options extends T5BucketOptions {
  readonly heads: number;
  /** numBuckets * heads numbers, row-major in `layout`. */
  readonly table: ParameterNumbers;
  /** Order of the table's axes. Default `buckets-heads`, as in Hugging Face Transformers; T5X stores `heads-buckets`. */
  readonly layout?: TableLayout;
}

/**
 * bias = table[t5Bucket(distance)][head], under the convention `unscaled` unless the problem names another.
 *
 * @throws ParameterError on refused bucket options (see `t5Bucket`), ShapeError on a table of the wrong size.
 * @see Raffel et al. 2020, arXiv:1910.10683, section 2.1.
 * @example
 * const table = Array.from({ length: 32 }, (_, bucket) => bucket / 8);
 * t5({ heads: 1, table }).value(0, 20, 20); // 1.25: distance 20 lies in bucket 10
 */
export function t5(options: T5Options): Bias {
  const {
    heads,
    table,
    layout = 'buckets-heads',
    ...buckets
  } = readOptions('t5', options, ['heads', 'table', 'layout', ...T5_BUCKET_KEYS]);
  const thresholds = t5Thresholds(buckets);
  return tableBias({
    family: 't5',
    convention: 'unscaled',
    heads,
    buckets: thresholds.numBuckets,
    bucket: readT5(thresholds),
    table,
    layout,
    diagnostics: diagnoseT5(thresholds),
  });
}
