// T5: a bucketed table whose buckets are exact for near keys and logarithmic for far ones.
import type { Bias, FamilyDefinition } from '../bias.ts';
import { T5_BUCKET_KEYS, bookBuckets, diagnoseT5, readT5, t5Thresholds } from '../buckets/t5.ts';
import type { T5BucketOptions } from '../buckets/t5.ts';
import type { TableLayout } from '../buckets/table.ts';
import { normalTable, tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../check.ts';
import { requireKnownKeys } from '../check.ts';

/** T5's buckets and the learned table that they read. */
export interface T5Options extends T5BucketOptions {
  readonly heads: number;
  /** numBuckets * heads numbers, in the order of `layout`. */
  readonly table: ParameterNumbers;
  /** Default `buckets-heads`, as in Hugging Face Transformers; T5X stores `heads-buckets`. */
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
  requireKnownKeys('t5', options, ['heads', 'table', 'layout', ...T5_BUCKET_KEYS]);
  const { heads, table, layout = 'buckets-heads', ...buckets } = options;
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

/** T5 as the suite and the documentation know it. */
export const t5Family: FamilyDefinition = {
  name: 't5',
  title: 'T5',
  kind: 'learned',
  idea: 'Near distances have a learned number of their own, far ones share theirs in buckets that grow geometrically, and everything from maxDistance on shares the last. A small table so covers every distance, finely where it matters. All layers of T5 share one table.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h[b(i - j)], \qquad b(n) = \begin{cases} n & n < E \\ \min\!\left(S - 1,\; E + \left\lfloor \frac{\ln(n / E)}{\ln(D / E)} (S - E) \right\rfloor\right) & n \ge E \end{cases} \quad E = \lfloor S / 2 \rfloor`,
  citation:
    'Raffel et al. 2020, Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer, arXiv:1910.10683',
  convention: 'unscaled',
  parameters: [
    {
      name: 'table',
      shape: '[numBuckets, heads] or [heads, numBuckets]',
      meaning: 'the bias of each bucket',
      learned: true,
      initialisation: 'normal, standard deviation d_model^(-1/2), with d_model = 64 * heads as in the published models',
    },
  ],
  traps: [
    'Its relative_position is key minus query, the negative of distance: a flipped sign swaps past and future.',
    'T5 does not divide q.k by sqrt(d); ports that do must rescale the bias or the weights.',
    'A logarithm in float64 or float32 misses some bucket boundaries; the thresholds are integers.',
    'The book numbers its buckets 0 to n_b: the table has n_b + 1 rows.',
    'In a causal model keys in the future read bucket 0, the bucket of distance 0, unless they are masked.',
  ],
  initialise: (heads, random) => t5({ heads, table: normalTable(32, heads, (64 * heads) ** -0.5, random) }),
  cases: [
    {
      name: 'bidirectional',
      distances: [7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, -1, -7, -8, -15, -16, -90, -91],
      create: (heads, random) => t5({ heads, table: normalTable(32, heads, 1, random) }),
    },
    {
      name: 'causal',
      distances: [
        7, 8, 15, 16, 18, 19, 20, 21, 23, 24, 26, 27, 30, 31, 32, 34, 35, 39, 40, 45, 46, 51, 52, 58, 59, 63, 64, 66, 67, 76, 77,
        86, 87, 98, 99, 112, 113, 127, 128, -1,
      ],
      create: (heads, random) =>
        t5({ heads, bidirectional: false, layout: 'heads-buckets', table: normalTable(32, heads, 1, random) }),
    },
    {
      name: 'book',
      distances: [1, 2, 3, 4, 5],
      create: (heads, random) => t5({ heads, ...bookBuckets({ nb: 3, distMax: 5 }), table: normalTable(4, heads, 1, random) }),
    },
    {
      name: 'float32',
      distances: [14, 15],
      create: (heads, random) =>
        t5({ heads, numBuckets: 38, maxDistance: 25, rounding: 'float32', table: normalTable(38, heads, 1, random) }),
    },
  ],
};
