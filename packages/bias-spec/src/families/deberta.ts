// A learned number per head and log bucket of DeBERTa-v2: near distances have a bucket each, far ones share buckets, on both sides.
import type { Bias } from '../bias.ts';
import type { DebertaBucketOptions } from '../buckets/deberta.ts';
import { debertaBucketSize, debertaRow } from '../buckets/deberta.ts';
import type { TableLayout } from '../buckets/table.ts';
import { normalTable, tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../lists.ts';
import { readOptions } from '../check.ts';
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { ROUNDING_OPTION, tableOptions } from './table-options.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

/** DeBERTa-v2's buckets and the learned table over them. */
export interface DebertaOptions extends DebertaBucketOptions {
  readonly heads: number;
  /** 2 * bucketSize * heads numbers, row-major in `layout`. */
  readonly table: ParameterNumbers;
  /** Default `buckets-heads`. */
  readonly layout?: TableLayout;
}

/**
 * bias = table[debertaRow(distance)][head].
 *
 * @throws ParameterError on refused bucket options (see `debertaRow`), ShapeError on a table of the wrong size.
 * @see He et al. 2021, arXiv:2006.03654, for the buckets.
 * @example
 * const table = Array.from({ length: 16 }, (_, row) => row / 8);
 * deberta({ heads: 1, bucketSize: 8, maxPosition: 32, table }).value(0, -6, 0); // 0.375: row 3
 */
export function deberta(options: DebertaOptions): Bias {
  const {
    heads,
    table,
    layout = 'buckets-heads',
    ...buckets
  } = readOptions('deberta', options, ['heads', 'table', 'layout', 'bucketSize', 'maxPosition', 'rounding']);
  const bucket = debertaRow(buckets);
  const rows = 2 * debertaBucketSize(buckets.bucketSize);
  return tableBias({ family: 'deberta', convention: 'after-scaling', heads, buckets: rows, bucket, table, layout });
}

const create = unchecked(deberta);

/** The definition of the table over DeBERTa-v2's buckets. */
export const debertaFamily: FamilyDefinition = {
  name: 'deberta',
  title: 'DeBERTa-v2 buckets',
  kind: 'learned',
  idea: 'Each distance up to half of bucketSize has one learned number per head; farther distances share buckets that grow geometrically up to maxPosition. Past and future have equally many buckets. DeBERTa-v2 itself uses these buckets to look up embeddings, which it multiplies with queries and keys; the bias here looks up a number.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h[S + b(i - j)], \qquad b(n) = \begin{cases} n & |n| \le E \\ \mathrm{sign}(n) \left(E + \left\lceil \frac{\ln(|n| / E)}{\ln((P - 1) / E)} (E - 1) \right\rceil\right) & |n| > E \end{cases} \quad E = S / 2`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['u_h', 'table of head h: 2S learned numbers, one for each bucket'],
    ['S', 'bucketSize: buckets on each side'],
    ['b', 'the bucket function, from distance to signed bucket, clamped to the ends of the table'],
    ['n', 'a distance'],
    ['E', 'number of exact buckets on each side'],
    ['P', 'maxPosition'],
  ],
  citation: 'He, Liu, Gao and Chen 2021, DeBERTa: Decoding-enhanced BERT with Disentangled Attention, arXiv:2006.03654',
  convention: 'after-scaling',
  options: [
    {
      name: 'bucketSize',
      kind: 'integer',
      least: 4,
      most: 4096,
      meaning: 'buckets on each side: position_buckets of the model',
      default: 256,
    },
    {
      name: 'maxPosition',
      kind: 'integer',
      least: 1,
      meaning: 'end of the logarithmic scale: max_relative_positions of the model',
      default: 512,
    },
    ROUNDING_OPTION,
    ...tableOptions({
      shape: '[2 * bucketSize, heads] or [heads, 2 * bucketSize]',
      meaning: 'the bias of each bucket',
      initialisation: 'normal, standard deviation 0.02',
    }),
  ],
  example: { bucketSize: 8, maxPosition: 32 },
  traps: [
    'DeBERTa-v2 rounds its log buckets up where T5 rounds down.',
    'DeBERTa-v2 buckets are signed: a model adds bucketSize and clamps before it reads its 2 * bucketSize rows.',
    'Hugging Face computes buckets beyond the table and clamps the row; the original code clamps the distance first.',
  ],
  create,
  initialise: initialiser('deberta', (heads, random, settings) => {
    const { table = normalTable(2 * debertaBucketSize(settings['bucketSize']), heads, 0.02, random) } = settings;
    return create({ ...settings, heads, table });
  }),
  cases: [
    {
      name: 'small',
      distances: [3, 4, 5, 6, 8, 9, 16, 17, 31, 32, 61, 62],
      create: (heads, random) => deberta({ heads, bucketSize: 8, maxPosition: 32, table: normalTable(16, heads, 1, random) }),
    },
  ],
};
