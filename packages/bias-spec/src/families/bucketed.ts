// A learned number per head and bucket, for any bucket function: T5's, DeBERTa's, or your own.
import type { Bias, FamilyDefinition } from '../bias.ts';
import { debertaRow } from '../buckets/deberta.ts';
import type { TableLayout } from '../buckets/table.ts';
import { normalTable, tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../check.ts';
import { requireInteger, requireKnownKeys } from '../check.ts';
import { ParameterError, show } from '../errors.ts';

/** A table of your own over a bucket function of your own. */
export interface BucketedOptions {
  readonly heads: number;
  /** How many buckets the table has. */
  readonly buckets: number;
  /** The bucket of a distance = i - j: an integer from 0 to buckets - 1, the same one each time it is asked. */
  readonly bucket: (distance: number) => number;
  /** buckets * heads numbers, in the order of `layout`. */
  readonly table: ParameterNumbers;
  /** Default `buckets-heads`. */
  readonly layout?: TableLayout;
}

/**
 * bias = table[bucket(distance)][head].
 *
 * @throws ParameterError on bad options, ShapeError on a table of the wrong size; a bucket that is no integer within the table
 * throws a ParameterError when it is first read, which is before any kernel runs.
 * @example
 * const side = (distance: number): number => Math.sign(distance) + 1;
 * bucketed({ heads: 1, buckets: 3, bucket: side, table: [0.5, 0, -0.5] }).value(0, 7, 7); // -0.5
 */
export function bucketed(options: BucketedOptions): Bias {
  requireKnownKeys('bucketed', options, ['heads', 'buckets', 'bucket', 'table', 'layout']);
  const { heads, bucket, table, layout = 'buckets-heads' } = options;
  const buckets = requireInteger('bucketed.buckets', options.buckets, 1);
  if (typeof bucket !== 'function') {
    throw new ParameterError({ what: 'bucketed.bucket', got: show(bucket), wanted: 'a function from distance to bucket' });
  }
  return tableBias({ family: 'bucketed', convention: 'after-scaling', heads, buckets, bucket, table, layout });
}

/** A table over any buckets, as the suite and the documentation know it. */
export const bucketedFamily: FamilyDefinition = {
  name: 'bucketed',
  title: 'Bucketed table',
  kind: 'learned',
  idea: 'Distances are sorted into buckets and every bucket has one learned number per head, so distances that share a bucket are treated alike. The bucket function decides where resolution is spent: usually on near keys, as in the log buckets of DeBERTa-v2. Any function from distance to bucket will do.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h[b(i - j)], \qquad b : \mathbb{Z} \to \{0, \dots, B - 1\}`,
  citation:
    'Raffel et al. 2020, Exploring the Limits of Transfer Learning, arXiv:1910.10683; log buckets: He et al. 2021, DeBERTa, arXiv:2006.03654',
  convention: 'after-scaling',
  parameters: [
    {
      name: 'table',
      shape: '[buckets, heads] or [heads, buckets]',
      meaning: 'the bias of each bucket',
      learned: true,
      initialisation: 'normal, standard deviation 0.02',
    },
  ],
  traps: [
    'DeBERTa-v2 rounds its log buckets up where T5 rounds down.',
    'DeBERTa-v2 buckets are signed: a model adds bucketSize and clamps before it reads its 2 * bucketSize rows.',
    'Hugging Face lets a DeBERTa bucket run past the table and clamps the row; the original code clamps the distance first.',
  ],
  initialise: (heads, random) => deberta(heads, 256, 512, normalTable(512, heads, 0.02, random)),
  cases: [
    {
      name: 'deberta',
      distances: [3, 4, 5, 6, 8, 9, 16, 17, 31, 32, 61, 62],
      create: (heads, random) => deberta(heads, 8, 32, normalTable(16, heads, 1, random)),
    },
    {
      name: 'sides',
      distances: [-1, 0, 1],
      create: (heads, random) =>
        bucketed({
          heads,
          buckets: 3,
          bucket: (distance) => Math.sign(distance) + 1,
          table: normalTable(3, heads, 1, random),
          layout: 'heads-buckets',
        }),
    },
  ],
};

function deberta(heads: number, bucketSize: number, maxPosition: number, table: Float64Array): Bias {
  return bucketed({ heads, buckets: 2 * bucketSize, bucket: debertaRow({ bucketSize, maxPosition }), table });
}
