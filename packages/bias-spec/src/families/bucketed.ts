// A learned number per head and bucket, for a bucket function of your own. T5's and DeBERTa's buckets have their own families.
import type { Bias } from '../bias.ts';
import type { TableLayout } from '../buckets/table.ts';
import { normalTable, tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../lists.ts';
import { requireInteger, requireKnownKeys } from '../check.ts';
import { ParameterError } from '../errors.ts';
import { show } from '../show.ts';
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { tableOptions } from './table-options.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

/** A table of your own over a bucket function of your own. */
export interface BucketedOptions {
  readonly heads: number;
  /** The number of buckets. */
  readonly buckets: number;
  /** The bucket of a distance = i - j: an integer from 0 to buckets - 1, the same on every call. */
  readonly bucket: (distance: number) => number;
  /** buckets * heads numbers, row-major in `layout`. */
  readonly table: ParameterNumbers;
  /** Default `buckets-heads`. */
  readonly layout?: TableLayout;
}

/**
 * bias = table[bucket(distance)][head].
 *
 * @throws ParameterError on bad options, ShapeError on a table of the wrong size. A bucket outside the table throws a ParameterError when it
 * is first read, which is before any kernel runs.
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

/** Octaves on each side; the last holds all distances from 2^11 on. */
const SIDE = 12;
const OCTAVES = 2 * SIDE + 1;

/** An example of a bucket function: one bucket for each doubling of the distance. */
function octave(distance: number): number {
  const binaryDigits = 32 - Math.clz32(Math.abs(distance));
  return SIDE + Math.sign(distance) * Math.min(binaryDigits, SIDE);
}

const create = unchecked(bucketed);

/** The definition of the bucketed table. */
export const bucketedFamily: FamilyDefinition = {
  name: 'bucketed',
  title: 'Bucketed table',
  kind: 'learned',
  idea: 'Distances are sorted into buckets, and every bucket has one learned number per head, so distances in one bucket are treated alike. The bucket function decides where the resolution goes: usually to near keys, as in the log buckets of T5. Any function from distance to bucket works.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h[b(i - j)], \qquad b : \mathbb{Z} \to \{0, \dots, B - 1\}`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['u_h', 'table of head h: one learned number for each bucket'],
    ['b', 'the bucket function, from distance to bucket'],
    ['B', 'number of buckets'],
    [String.raw`\mathbb{Z}`, 'the integers'],
  ],
  citation: 'Raffel et al. 2020, Exploring the Limits of Transfer Learning, arXiv:1910.10683',
  convention: 'after-scaling',
  options: [
    { name: 'buckets', kind: 'integer', least: 1, meaning: 'number of buckets', required: true },
    { name: 'bucket', kind: 'function', meaning: 'from distance = i - j to bucket, an integer from 0', required: true },
    ...tableOptions({
      shape: '[buckets, heads] or [heads, buckets]',
      meaning: 'the bias of each bucket',
      initialisation: 'normal, standard deviation 0.02; one bucket for each doubling of the distance',
    }),
  ],
  traps: [
    'Distance is query minus key: a bucket function written for key minus query swaps past and future.',
    'A bucket function must return a bucket for every distance of the problem: clip distances beyond the table.',
  ],
  users: [
    {
      who: 'models with a bucket function of their own',
      convention: 'after-scaling',
      note: 'T5 and DeBERTa-v2 are the published cases',
    },
  ],
  create,
  initialise: initialiser('bucketed', (heads, random, { buckets = OCTAVES, bucket = octave, ...others }) => {
    const rows = requireInteger('bucketed.buckets', buckets, 1);
    const { table = normalTable(rows, heads, 0.02, random) } = others;
    return create({ ...others, heads, buckets, bucket, table });
  }),
  cases: [
    {
      name: 'octaves',
      distances: [-4, -2, -1, 0, 1, 2, 3, 4, 7, 8, 15, 16],
      create: (heads, random) =>
        bucketed({ heads, buckets: OCTAVES, bucket: octave, table: normalTable(OCTAVES, heads, 1, random) }),
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
