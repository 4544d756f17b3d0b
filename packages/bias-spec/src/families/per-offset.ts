// One learned number per head and offset, shared by all pairs at that offset, clipped beyond a maximum distance.
import type { Bias } from '../bias.ts';
import type { TableLayout } from '../buckets/table.ts';
import { normalTable, tableBias } from '../buckets/table.ts';
import type { ParameterNumbers } from '../lists.ts';
import { MAX_POSITION, requireBoolean, requireInteger, requireKnownKeys } from '../check.ts';
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { BOOK } from './links.ts';
import { tableOptions } from './table-options.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

/** A table with one value per offset. */
export interface PerOffsetOptions {
  readonly heads: number;
  /** Distances beyond +-maxDistance read the value at +-maxDistance. */
  readonly maxDistance: number;
  /** Whether the table covers only the past; keys in the future then read the value of distance 0. Default false. */
  readonly causal?: boolean;
  /**
   * The values by ascending distance: 2 * maxDistance + 1 per head, from -maxDistance (the farthest future) on, or maxDistance + 1 from 0 on
   * if causal.
   */
  readonly table: ParameterNumbers;
  /** Default `heads-buckets`: u[head][distance]. Each offset is a bucket. */
  readonly layout?: TableLayout;
}

/**
 * bias = u[head][clip(distance, -maxDistance, maxDistance)]; causal clips to 0..maxDistance.
 *
 * @throws ParameterError on bad options, ShapeError on a table of the wrong size.
 * @see Xiao and Zhu 2025, arXiv:2501.09223, chapter 2; clipping as in Shaw et al. 2018, arXiv:1803.02155, section 3.2.
 * @example
 * perOffset({ heads: 1, maxDistance: 1, table: [0.5, 0, -0.5] }).value(0, 7, 7); // -0.5
 */
export function perOffset(options: PerOffsetOptions): Bias {
  requireKnownKeys('perOffset', options, ['heads', 'maxDistance', 'causal', 'table', 'layout']);
  const { heads, table, layout = 'heads-buckets' } = options;
  const maxDistance = requireInteger('perOffset.maxDistance', options.maxDistance, 1, MAX_POSITION);
  const least = requireBoolean('perOffset.causal', options.causal ?? false) ? 0 : -maxDistance;
  return tableBias({
    family: 'per-offset',
    convention: 'after-scaling',
    heads,
    buckets: maxDistance - least + 1,
    bucket: (distance) => Math.max(least, Math.min(maxDistance, distance)) - least,
    table,
    layout,
  });
}

const create = unchecked(perOffset);

/** The definition of the bias per offset. */
export const perOffsetFamily: FamilyDefinition = {
  name: 'per-offset',
  title: 'Shared bias per offset',
  kind: 'learned',
  idea: 'Every offset between query and key has one learned number per head, shared by all pairs at that offset. This is the most general bias that depends on distance alone, and costs one parameter per offset. Distances beyond those of training have no parameter, so they are clipped to the last.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h[\mathrm{clip}(i - j, -D, D)]`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['u_h', 'table of head h: one learned number for each offset'],
    [String.raw`\mathrm{clip}`, 'clip(n, low, high): n, but low below low and high above high'],
    ['D', 'maxDistance'],
  ],
  citation:
    'Xiao and Zhu 2025, Foundations of Large Language Models, chapter 2, arXiv:2501.09223; clipping: Shaw et al. 2018, arXiv:1803.02155',
  convention: 'after-scaling',
  options: [
    {
      name: 'maxDistance',
      kind: 'integer',
      least: 1,
      most: MAX_POSITION,
      meaning: 'distances beyond it read the value at it',
      required: true,
      initialisation: '128',
    },
    {
      name: 'causal',
      kind: 'boolean',
      meaning: 'keys in the future share the value of distance 0',
      default: false,
      switches: { true: 'unidirectional' },
    },
    ...tableOptions({
      shape: '[heads, 2 * maxDistance + 1], or [heads, maxDistance + 1] if causal',
      meaning: 'the bias of each offset, by ascending distance',
      initialisation: 'normal, standard deviation 0.02',
      layout: 'heads-buckets',
    }),
  ],
  example: { maxDistance: 8 },
  traps: [
    'Tables indexed by key minus query run the other way: reverse them.',
    'Clipping at +-maxDistance needs 2 * maxDistance + 1 values, not 2 * maxDistance.',
    'A causal table has no values for the future: use a causal mask, or keys in the future read the value of distance 0.',
  ],
  users: [{ who: "'Foundations of Large Language Models'", convention: 'before-scaling', link: BOOK }],
  create,
  initialise: initialiser('perOffset', (heads, random, { maxDistance = 128, ...others }) => {
    const reach = requireInteger('perOffset.maxDistance', maxDistance, 1, MAX_POSITION);
    const { table = normalTable((others['causal'] === true ? 1 : 2) * reach + 1, heads, 0.02, random) } = others;
    return create({ ...others, heads, maxDistance, table });
  }),
  cases: [
    {
      name: 'both-sides',
      distances: [-17, -16, -15, -1, 0, 1, 15, 16, 17],
      create: (heads, random) => perOffset({ heads, maxDistance: 16, table: normalTable(33, heads, 1, random) }),
    },
    {
      name: 'causal',
      distances: [-1, 0, 1, 63, 64, 65],
      create: (heads, random) =>
        perOffset({ heads, maxDistance: 64, causal: true, layout: 'buckets-heads', table: normalTable(65, heads, 1, random) }),
    },
  ],
};
