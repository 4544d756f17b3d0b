// The definition of T5: docs, options and users. The arithmetic is in t5.ts and buckets/t5.ts, the test cases in t5-cases.ts.
import type { Bias } from '../bias.ts';
import { MAX_BUCKETS, t5NumBuckets, withBookPair } from '../buckets/t5.ts';
import { normalTable } from '../buckets/table.ts';
import type { FamilyDefinition, UncheckedOptions } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { BOOK, github, huggingFace } from './links.ts';
import { ROUNDING_OPTION, tableOptions } from './table-options.ts';
import { T5_CASES } from './t5-cases.ts';
import { t5 } from './t5.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

/** Takes T5's own options, or the book's pair instead of three of them. */
function create(options: UncheckedOptions): Bias {
  return unchecked(t5)(withBookPair(options));
}

/** The definition of T5. */
export const t5Family: FamilyDefinition = {
  name: 't5',
  title: 'T5',
  kind: 'learned',
  idea: 'Each near distance has one learned number per head; far distances share buckets that grow geometrically, and all from maxDistance on share the last bucket. A small table thus covers every distance, with the finest resolution nearby. All layers of T5 share one table.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h[b(i - j)], \qquad b(n) = \begin{cases} n & n < E \\ \min\!\left(S - 1,\; E + \left\lfloor \frac{\ln(n / E)}{\ln(D / E)} (S - E) \right\rfloor\right) & n \ge E \end{cases} \quad E = \lfloor S / 2 \rfloor`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['u_h', 'table of head h: one learned number for each bucket'],
    [
      String.raw`b`,
      'the bucket function; keys in the future (n < 0) read b(|n|) in the upper half of the table if bidirectional, else b(0)',
    ],
    ['n', 'a distance'],
    ['S', 'buckets of one direction: numBuckets, or half of them if bidirectional'],
    ['E', 'number of exact buckets of one direction'],
    ['D', 'maxDistance'],
  ],
  citation:
    'Raffel et al. 2020, Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer, arXiv:1910.10683',
  convention: 'unscaled',
  options: [
    {
      name: 'numBuckets',
      kind: 'integer',
      least: 2,
      most: MAX_BUCKETS,
      meaning: 'number of buckets',
      default: 32,
      commandLine: 'buckets',
    },
    { name: 'maxDistance', kind: 'integer', least: 1, meaning: 'distances from here on share the last bucket', default: 128 },
    {
      name: 'bidirectional',
      kind: 'boolean',
      meaning: 'keys in the future have buckets of their own',
      otherwise: 'keys in the future share the bucket of distance 0',
      default: true,
      switches: { true: 'bidirectional', false: 'unidirectional' },
    },
    ROUNDING_OPTION,
    { name: 'nb', kind: 'integer', least: 1, meaning: "n_b of the book's formula, instead of numBuckets" },
    { name: 'distMax', kind: 'integer', least: 1, meaning: "dist_max of the book's formula, instead of maxDistance" },
    ...tableOptions({
      shape: '[numBuckets, heads] or [heads, numBuckets]',
      meaning: 'the bias of each bucket',
      initialisation:
        'normal, standard deviation d_model^(-1/2), with d_model taken as 64 * heads, as in T5 small, base and large',
    }),
  ],
  example: { numBuckets: 8, maxDistance: 32, bidirectional: false },
  traps: [
    "T5's relative_position is key minus query, the negative of distance: a wrong sign swaps past and future.",
    'T5 does not divide q.k by sqrt(d); ports that do must rescale the bias or the weights.',
    'A floating-point logarithm gets some bucket boundaries wrong; exact thresholds are integers.',
    'The book numbers its buckets 0 to n_b: the table has n_b + 1 rows.',
    'In a unidirectional model keys in the future read bucket 0, the bucket of distance 0, unless they are masked.',
  ],
  users: [
    {
      who: 'T5, Flan-T5, mT5',
      convention: 'unscaled',
      note: 'no division by sqrt(d)',
      link: huggingFace('t5', '673440d073d5f534a6d6bedeeca94869afd8d0a7'),
    },
    { who: 'MPNet', convention: 'after-scaling', link: huggingFace('mpnet', '00099b9f15ad8bea330364709453fc49cbba90e5') },
    {
      who: 'LayoutLMv3, its bias by reading order',
      convention: 'before-scaling',
      note: 'adds two more tables, by the coordinates of the boxes',
      link: huggingFace('layoutlmv3', 'main'),
    },
    {
      who: 'x-transformers',
      convention: 'scaled-bias',
      note: 'RelativePositionBias has the scale sqrt(d)',
      link: github('lucidrains/x-transformers', '9252ed7838021ee61e6c5be0930b3a9a88efdf06', 'x_transformers/x_transformers.py'),
    },
    {
      who: 'GPT-NeoX',
      convention: 'scaled-bias',
      note: 'its rpe_scale is sqrt(d)',
      link: github('EleutherAI/gpt-neox', 'ea7aefd8f8e183256992d9fede4d7c71a46d67a5', 'megatron/model/transformer.py#L526'),
    },
    { who: "'Foundations of Large Language Models', general form", convention: 'before-scaling', link: BOOK },
  ],
  create,
  initialise: initialiser('t5', (heads, random, settings) => {
    if (settings['table'] !== undefined) return create({ ...settings, heads });
    const { numBuckets } = withBookPair(settings);
    const rows = t5NumBuckets(numBuckets);
    return create({ ...settings, heads, table: normalTable(rows, heads, (64 * heads) ** -0.5, random) });
  }),
  cases: T5_CASES,
};
