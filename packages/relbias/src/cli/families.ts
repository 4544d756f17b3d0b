// The bias families as the command line reaches them: which options each reads, and what it cannot do without.
import type { Bias } from '@relbias/bias-spec';
import {
  alibi,
  bookBuckets,
  bucketed,
  debertaRow,
  dynamicPosition,
  fire,
  kerpleLog,
  kerplePower,
  none,
  perOffset,
  sandwich,
  swin,
  t5,
} from '@relbias/bias-spec';
import { UsageError } from './usage-error.ts';

/** A family's options, unchecked. */
export type Settings = Readonly<Record<string, unknown>>;

/** How a family is reached from the command line. */
interface Family {
  /** Makes the bias from options in the family's own names. They come unchecked: the family's function checks them. */
  make(options: Settings): Bias;
  /** The options that it reads and the names they have in the family's function. */
  readonly reads: Readonly<Record<string, string>>;
  /** What it cannot do without, in the family's names: learned parameters that nobody can guess. */
  readonly needs: readonly string[];
  /** The bias's name of the parameter at a place among the options (`layers.0.weight`), where it is not the place's own. */
  parameterOf?(place: string): string;
}

/** A family's function as one that takes what a command line holds. Its own checks are the types' stand-in. */
function unchecked(make: (options: never) => Bias): (options: Settings) => Bias {
  return (options) => make(options as never);
}

const TABLE = { table: 'table', layout: 'layout' };
const KERPLE = { r1: 'r1', r2: 'r2', clamp: 'clamp', future: 'future' };

export const FAMILIES: Readonly<Record<string, Family>> = {
  none: { make: () => none(), reads: {}, needs: [] },
  alibi: {
    make: unchecked(alibi),
    reads: { slopes: 'slopes', beta: 'beta', 'bias-max': 'biasMax', future: 'future' },
    needs: [],
  },
  sandwich: { make: unchecked(sandwich), reads: { dimension: 'dimension' }, needs: [] },
  'per-offset': {
    make: unchecked(perOffset),
    reads: { ...TABLE, 'max-distance': 'maxDistance', unidirectional: 'causal' },
    needs: ['table'],
  },
  t5: {
    make: makeT5,
    reads: {
      ...TABLE,
      buckets: 'numBuckets',
      'max-distance': 'maxDistance',
      bidirectional: 'bidirectional',
      unidirectional: 'unidirectional',
      rounding: 'rounding',
      nb: 'nb',
      'dist-max': 'distMax',
    },
    needs: ['table'],
  },
  deberta: {
    make: makeDeberta,
    reads: { ...TABLE, 'bucket-size': 'bucketSize', 'max-position': 'maxPosition', rounding: 'rounding' },
    needs: ['table'],
  },
  'kerple-log': { make: unchecked(kerpleLog), reads: KERPLE, needs: ['r1', 'r2'] },
  'kerple-power': { make: unchecked(kerplePower), reads: KERPLE, needs: ['r1', 'r2'] },
  fire: { make: unchecked(fire), reads: { future: 'future' }, needs: ['w1', 'b1', 'w2', 'b2'] },
  swin: {
    make: unchecked(swin),
    reads: { ...TABLE, 'window-height': 'windowHeight', 'window-width': 'windowWidth' },
    needs: ['table'],
  },
  'dynamic-position': {
    make: unchecked(dynamicPosition),
    reads: {},
    needs: ['layers'],
    parameterOf: (place) => place.replace(/^layers\.(\d+)\.(weight|bias)$/, '$2$1'),
  },
};

function makeT5(options: Settings): Bias {
  const { heads, table, layout } = options as { heads: number; table: Float64Array; layout?: 'buckets-heads' };
  return t5({ heads, table, ...(layout === undefined ? {} : { layout }), ...t5Buckets(options) });
}

/** T5's bucket options from command-line ones: the two directions are two switches, and the book's pair stands for three options. */
export function t5Buckets(options: Settings): Settings {
  const { heads: _heads, table: _table, layout: _layout, nb, distMax, unidirectional, ...rest } = options;
  const own: Record<string, unknown> = rest;
  if (own['bidirectional'] === true && unidirectional === true)
    throw new UsageError('--unidirectional', 'it with --bidirectional', 'one of them');
  if (unidirectional === true) own['bidirectional'] = false;
  if (nb === undefined && distMax === undefined) return own;
  if (nb === undefined || distMax === undefined) throw new UsageError('--nb and --dist-max', 'one of them', 'both');
  const stray = ['numBuckets', 'maxDistance', 'bidirectional'].find((name) => own[name] !== undefined);
  if (stray !== undefined)
    throw new UsageError('--nb', `it with ${stray}`, "the book's pair alone: it says all three of T5's options");
  return { ...own, ...bookBuckets({ nb: nb as number, distMax: distMax as number }) };
}

function makeDeberta(options: Settings): Bias {
  const {
    bucketSize = 256,
    maxPosition = 512,
    rounding,
    ...rest
  } = options as { bucketSize?: number; maxPosition?: number; rounding?: 'exact' };
  const bucket = debertaRow({ bucketSize, maxPosition, ...(rounding === undefined ? {} : { rounding }) });
  return bucketed({ ...(rest as unknown as { heads: number; table: Float64Array }), buckets: 2 * bucketSize, bucket });
}
