// The options that describe a bias, and the bias made from them: `--bias t5 --buckets 32 --table table.npy`.
import type { Bias, FamilyDefinition } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import type { ReadLimits } from '../files/byte-source.ts';
import type { Option, Values } from './arguments.ts';
import { text } from './arguments.ts';
import { FAMILY_CHOICE, FAMILY_OPTIONS, biasOf, chosenFamily } from './family-choice.ts';
import { commandLineNames, settingsFrom } from './family-options.ts';
import type { GivenArray } from './given-array.ts';
import { requireLayouts } from './given-array.ts';
import { NUMBERS, readNumbers } from './numbers.ts';
import { readParameters } from './parameter-file.ts';
import { UsageError } from './usage-error.ts';

/** Which family, and where its parameters come from. The options of the families are there too, under names that the type does not list. */
type BiasOptions = Readonly<Record<'bias' | 'params' | 'initialise', Option<string>>>;

export const BIAS_OPTIONS: BiasOptions = {
  bias: FAMILY_CHOICE,
  params: text(
    'FILE.json',
    "options of the family's function as JSON; a text that names a tensor file is read from it (FILE:NAME for one array)",
  ),
  initialise: text('SEED', 'draw the parameters as published, from this seed, with the published settings'),
  ...FAMILY_OPTIONS,
};

type BiasValues = Values<BiasOptions> & Readonly<Record<string, unknown>>;

/**
 * The bias that the options describe.
 *
 * @param heads - the number of query heads.
 * @throws ShapeError for an array of a file whose axes do not fit its parameter.
 */
export async function biasFrom(values: BiasValues, heads: number, limits: ReadLimits): Promise<Bias> {
  const { bias: name = 'none', params, initialise } = values;
  const family = await chosenFamily(name);
  const names = commandLineNames(family);
  const given = Object.entries(values).filter(([option]) => names.has(option) || Object.hasOwn(FAMILY_OPTIONS, option));
  const typed = settingsFrom(`--bias ${name}`, names, given, ['params', 'initialise']);
  if (initialise !== undefined) {
    if (given.length === 0 && params === undefined) return biasOf(name, () => family.initialise(heads, seeded(initialise)));
    throw new UsageError(
      '--initialise',
      `it with --${given[0]?.[0] ?? 'params'}`,
      'it alone: it draws every parameter, with the published settings',
    );
  }
  const file = params === undefined ? undefined : await readParameters('--params', params, limits);
  const settings: Record<string, unknown> = { ...file?.settings, ...typed };
  const arrays = new Map<string, GivenArray>(file?.arrays);
  for (const [option, { option: described }] of names) {
    const { name: place, kind } = described;
    if (!Object.hasOwn(typed, place)) continue;
    // An option overrides the file.
    arrays.delete(place);
    if (kind !== 'numbers') continue;
    const list = await readNumbers(`--${option}`, typed[place] as string, limits, 'learned');
    if (!(list instanceof Float64Array)) arrays.set(place, list);
    settings[place] = list instanceof Float64Array ? list : list.data;
  }
  requireRequired(`--bias ${name}`, family, settings);
  const made = await biasOf(name, () => family.create({ ...settings, heads }));
  requireLayouts(`--bias ${name}`, made, family.options, arrays, settings);
  return made;
}

/** Refuses settings without the required options. */
function requireRequired(what: string, family: FamilyDefinition, settings: Readonly<Record<string, unknown>>): void {
  const missing = family.options.filter(({ name, required }) => required === true && settings[name] === undefined);
  if (missing.length === 0) return;
  const ways = [...commandLineNames({ options: missing })].map(
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
