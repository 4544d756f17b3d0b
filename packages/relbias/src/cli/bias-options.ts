// The options that describe a bias, and the bias they make: `--bias t5 --buckets 32 --table table.npy`.
import type { Bias } from '@relbias/bias-spec';
import type { Option, Values } from './arguments.ts';
import { choice, flag, integer, number, text } from './arguments.ts';
import type { ReadLimits } from '../files/byte-source.ts';
import { FAMILIES } from './families.ts';
import type { GivenArray } from './given-array.ts';
import { requireLayouts } from './given-array.ts';
import { NUMBERS, readNumbers } from './numbers.ts';
import { readParameters } from './parameter-file.ts';
import { initialised } from './initialised.ts';
import { UsageError } from './usage-error.ts';

/** The types of the options that describe buckets. */
export type BucketOptions = Readonly<
  Record<'buckets' | 'max-distance' | 'nb' | 'dist-max' | 'bucket-size' | 'max-position', Option<number>> &
    Record<'bidirectional' | 'unidirectional', Option<true>> &
    Record<'rounding', Option<string>>
>;

/** The types of all options that describe a bias. */
export type BiasOptions = BucketOptions &
  Readonly<
    Record<'bias' | 'params' | 'initialise' | 'slopes' | 'table' | 'r1' | 'r2' | 'future' | 'layout', Option<string>> &
      Record<'beta' | 'bias-max' | 'dimension' | 'window-height' | 'window-width', Option<number>> &
      Record<'clamp', Option<true>>
  >;

/** Shared with the command `buckets`. */
export const BUCKET_OPTIONS: BucketOptions = {
  buckets: integer('t5: number of buckets (32)', 1),
  'max-distance': integer('t5: from here on one bucket (128); per-offset: values beyond are clipped', 1),
  bidirectional: flag('t5: keys in the future have buckets of their own (the default)'),
  unidirectional: flag('t5, per-offset: keys in the future share the bucket of distance 0'),
  nb: integer("t5: n_b of the book's formula, instead of --buckets", 1),
  'dist-max': integer("t5: dist_max of the book's formula", 1),
  'bucket-size': integer('deberta: position_buckets (256)', 1),
  'max-position': integer('deberta: max_relative_positions (512)', 1),
  rounding: choice(['exact', 'float32'], 't5, deberta: exact arithmetic, or the bits of the published float32 code (exact)'),
};

export const BIAS_OPTIONS: BiasOptions = {
  bias: choice(Object.keys(FAMILIES), `${Object.keys(FAMILIES).join(', ')} (none)`, 'FAMILY'),
  params: text(
    'FILE.json',
    "options of the family's function as JSON; a text that ends in a tensor file is read (FILE:NAME for one array)",
  ),
  initialise: text('SEED', 'the published initialisation with published settings, drawn from this seed'),
  slopes: text(NUMBERS, 'alibi: one slope per head'),
  beta: number('alibi: one slope for all heads'),
  'bias-max': number('alibi: 8 in the paper, another in MPT'),
  future: choice(['unsigned', 'signed', 'zero', 'asymmetric'], 'alibi, kerple, fire: what keys in the future get'),
  ...BUCKET_OPTIONS,
  table: text(NUMBERS, 'per-offset, t5, deberta, swin: the learned table; the axes of a file must be those of its layout'),
  layout: choice(
    ['buckets-heads', 'heads-buckets'],
    "the order of the table's axes (heads-buckets for per-offset, else buckets-heads); needed for a flat or square file",
  ),
  dimension: integer('sandwich: dimension of the embeddings (128)', 2),
  'window-height': integer('swin: rows of the window', 1),
  'window-width': integer('swin: columns of the window', 1),
  r1: text(NUMBERS, 'kerple: one per head, above 0'),
  r2: text(NUMBERS, 'kerple: one per head, above 0'),
  clamp: flag('kerple: clamp what lies outside, as upstream does'),
};

type BiasValues = Values<BiasOptions>;

/** Options whose text is a list of numbers or a file of them. */
const LISTS: readonly string[] = ['slopes', 'table', 'r1', 'r2'];

/** Options of the bias that say which one it is and where its parameters come from. */
const SOURCES: readonly string[] = ['bias', 'params', 'initialise'];

/**
 * The bias that the options describe, for this many query heads.
 *
 * @throws ShapeError for an array of a file whose axes are not those of the parameter it is for.
 */
export async function biasFrom(values: BiasValues, heads: number, limits: ReadLimits): Promise<Bias> {
  const name = values.bias ?? 'none';
  const { make, reads, needs, parameterOf = asNamed } = FAMILIES[name];
  const given = Object.entries(values).filter(([option]) => Object.hasOwn(BIAS_OPTIONS, option) && !SOURCES.includes(option));
  const stray = given.find(([option]) => !Object.hasOwn(reads, option));
  if (stray !== undefined) {
    const accepted = Object.keys(reads).map((option) => `--${option}`);
    throw new UsageError(`--bias ${name}`, `--${stray[0]}`, [...accepted, '--params', '--initialise'].join(', '));
  }
  if (values.initialise !== undefined) {
    if (given.length === 0 && values.params === undefined) return initialised(name, heads, values.initialise);
    throw new UsageError(
      '--initialise',
      `it with --${given[0]?.[0] ?? 'params'}`,
      'it alone: the published settings are its own',
    );
  }
  const file = values.params === undefined ? undefined : await readParameters('--params', values.params, limits);
  const settings: Record<string, unknown> = { ...file?.settings };
  const arrays = new Map<string, GivenArray>(file?.arrays);
  for (const [option, value] of given) {
    const place = reads[option];
    // An option stands for what the file says.
    arrays.delete(place);
    const list = LISTS.includes(option) ? await readNumbers(`--${option}`, value as string, limits, 'learned') : undefined;
    if (list !== undefined && !(list instanceof Float64Array)) arrays.set(place, list);
    settings[place] = list === undefined ? value : list instanceof Float64Array ? list : list.data;
  }
  const missing = needs.filter((need) => settings[need] === undefined);
  if (missing.length > 0) {
    const ways = missing.filter((need) => Object.values(reads).includes(need)).map((need) => `--${need} ${NUMBERS}`);
    throw new UsageError(
      `--bias ${name}`,
      `no ${missing.join(', ')}`,
      [...ways, '--params FILE.json', 'or --initialise SEED'].join(', '),
    );
  }
  const bias = make({ ...settings, heads });
  requireLayouts(`--bias ${name}`, bias, arrays, settings, parameterOf);
  return bias;
}

/** Most families name their parameters as their options. */
function asNamed(place: string): string {
  return place;
}
