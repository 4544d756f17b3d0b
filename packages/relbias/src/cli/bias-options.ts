// The options that describe a bias, and the bias they make: `--bias t5 --buckets 32 --table table.npy`.
import type { Bias, FamilyDefinition } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import type { ReadLimits } from '../files/byte-source.ts';
import type { Option, Values } from './arguments.ts';
import { text } from './arguments.ts';
import { FAMILY_CHOICE, FAMILY_OPTIONS, biasOf, chosenFamily } from './family-choice.ts';
import { settingsFrom, spokenNames } from './family-options.ts';
import type { GivenArray } from './given-array.ts';
import { requireLayouts } from './given-array.ts';
import { NUMBERS, readNumbers } from './numbers.ts';
import { readParameters } from './parameter-file.ts';
import { UsageError } from './usage-error.ts';

/** Which bias it is and where its parameters come from. The families' own options stand beside them, under names that types do not know. */
type BiasOptions = Readonly<Record<'bias' | 'params' | 'initialise', Option<string>>>;

export const BIAS_OPTIONS: BiasOptions = {
  bias: FAMILY_CHOICE,
  params: text(
    'FILE.json',
    "options of the family's function as JSON; a text that ends in a tensor file is read (FILE:NAME for one array)",
  ),
  initialise: text('SEED', 'the published initialisation with published settings, drawn from this seed'),
  ...FAMILY_OPTIONS,
};

type BiasValues = Values<BiasOptions> & Readonly<Record<string, unknown>>;

/**
 * The bias that the options describe, for this many query heads.
 *
 * @throws ShapeError for an array of a file whose axes are not those of the parameter it is for.
 */
export async function biasFrom(values: BiasValues, heads: number, limits: ReadLimits): Promise<Bias> {
  const { bias: name = 'none', params, initialise } = values;
  const family = await chosenFamily(name);
  const names = spokenNames(family);
  const given = Object.entries(values).filter(([option]) => names.has(option) || Object.hasOwn(FAMILY_OPTIONS, option));
  const spoken = settingsFrom(`--bias ${name}`, names, given, ['params', 'initialise']);
  if (initialise !== undefined) {
    if (given.length === 0 && params === undefined) return biasOf(name, () => family.initialise(heads, seeded(initialise)));
    throw new UsageError(
      '--initialise',
      `it with --${given[0]?.[0] ?? 'params'}`,
      'it alone: the published settings are its own',
    );
  }
  const file = params === undefined ? undefined : await readParameters('--params', params, limits);
  const settings: Record<string, unknown> = { ...file?.settings, ...spoken };
  const arrays = new Map<string, GivenArray>(file?.arrays);
  for (const [option, { option: described }] of names) {
    const { name: place, kind } = described;
    if (!Object.hasOwn(spoken, place)) continue;
    // An option stands for what the file says.
    arrays.delete(place);
    if (kind !== 'numbers') continue;
    const list = await readNumbers(`--${option}`, spoken[place] as string, limits, 'learned');
    if (!(list instanceof Float64Array)) arrays.set(place, list);
    settings[place] = list instanceof Float64Array ? list : list.data;
  }
  requireWhole(`--bias ${name}`, family, settings);
  const made = await biasOf(name, () => family.create({ ...settings, heads }));
  requireLayouts(`--bias ${name}`, made, family.options, arrays, settings);
  return made;
}

/** Refuses settings without what nobody can guess. */
function requireWhole(what: string, family: FamilyDefinition, settings: Readonly<Record<string, unknown>>): void {
  const missing = family.options.filter(({ name, required }) => required === true && settings[name] === undefined);
  if (missing.length === 0) return;
  const ways = [...spokenNames({ options: missing })].map(
    ([
      option,
      {
        option: { kind },
      },
    ]) => {
      const placeholder = { integer: 'N', number: 'X', choice: 'NAME', numbers: NUMBERS }[kind as string];
      return `--${option}${placeholder === undefined ? '' : ` ${placeholder}`}`;
    },
  );
  throw new UsageError(
    what,
    `no ${missing.map(({ name }) => name).join(', ')}`,
    [...ways, '--params FILE.json', 'or --initialise SEED'].join(', '),
  );
}
