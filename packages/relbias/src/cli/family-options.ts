// The options of families as the command line has them: their names, their help, and the way back to options of the family's function.
import type { FamilyDefinition, FamilyOption } from '@relbias/bias-spec';
import type { Option, Options } from './arguments.ts';
import { choice, flag, integer, number, text } from './arguments.ts';
import { NUMBERS } from './numbers.ts';
import { UsageError } from './usage-error.ts';

/** An option of a family under one of its names on the command line. */
interface Spoken {
  readonly option: FamilyOption;
  /** What a switch stands for. */
  readonly means?: boolean;
}

/** The names that a family's options have on the command line. What no text can hold has none: it comes from a file. */
export function spokenNames({ options }: Pick<FamilyDefinition, 'options'>): Map<string, Spoken> {
  const pairs = options.flatMap((option): [string, Spoken][] => {
    if (option.kind === 'layers' || option.kind === 'function') return [];
    if (option.kind !== 'boolean') return [[nameOf(option), { option }]];
    const { switches = option.default ? { false: `no-${nameOf(option)}` } : { true: nameOf(option) } } = option;
    return [true, false].flatMap((means) => {
      const name = switches[`${means}`];
      return name === undefined ? [] : [[name, { option, means }] satisfies [string, Spoken]];
    });
  });
  return new Map(pairs);
}

function nameOf({ name, commandLine }: FamilyOption): string {
  return commandLine ?? name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The command-line options of several families; the help of each says whose it is. */
export function optionsOf(families: readonly FamilyDefinition[]): Options {
  const found = new Map<string, Owned[]>();
  for (const family of families) {
    for (const [name, spoken] of spokenNames(family)) {
      const before = found.get(name) ?? [];
      found.set(name, [...before, { family: family.name, says: sayingOf(spoken, family), ...spoken }]);
    }
  }
  return Object.fromEntries([...found].map(([name, owned]) => [name, readerOf(owned[0], helpOf(owned))]));
}

interface Owned extends Spoken {
  readonly family: string;
  readonly says: string;
}

function sayingOf({ option, means }: Spoken, { options }: FamilyDefinition): string {
  const orders = options.some((one) => one.kind === 'numbers' && one.layout === option.name);
  const says = option.kind === 'boolean' && means === false ? (option.otherwise ?? `not: ${option.meaning}`) : option.meaning;
  return orders ? `${says}, needed for a flat or square file` : says;
}

/** `kerple, fire: what it means (its default)`, for each thing that the name means to some families. */
function helpOf(owned: readonly Owned[]): string {
  const meanings = grouped(owned, ({ says }) => says);
  return [...meanings].map(([says, owners]) => `${namesOf(owners)}: ${says}${defaultOf(owners)}`).join('; ');
}

function grouped<K>(owned: readonly Owned[], by: (one: Owned) => K): Map<K, Owned[]> {
  const groups = new Map<K, Owned[]>();
  for (const one of owned) groups.set(by(one), [...(groups.get(by(one)) ?? []), one]);
  return groups;
}

function namesOf(owners: readonly Owned[]): string {
  return owners.map(({ family }) => family).join(', ');
}

function defaultOf(owners: readonly Owned[]): string {
  const [{ option, means }] = owners;
  if (option.kind === 'boolean') return option.default === means ? ' (the default)' : '';
  const defaults = grouped(owners, (owner) => owner.option.default);
  if (defaults.size === 1) return option.default === undefined ? '' : ` (${option.default})`;
  return ` (${[...defaults].map(([value, some]) => `${value ?? 'none'} for ${namesOf(some)}`).join(', ')})`;
}

function readerOf({ option }: Spoken, help: string): Option<unknown> {
  switch (option.kind) {
    case 'integer':
      return integer(help, option.least, option.most);
    case 'number':
      return number(help);
    case 'boolean':
      return flag(help);
    case 'choice':
      return choice(option.choices, help);
    case 'numbers':
      return text(NUMBERS, help);
    case 'layers':
    case 'function':
      throw new Error(`${option.name} has no name on the command line`);
    default:
      return option satisfies never;
  }
}

/**
 * Options of the family's function from what the command line gave under these names. Lists are still texts.
 *
 * @param what - the option that named the family, and the name.
 * @param others - options that the family takes besides its own, for the message.
 */
export function settingsFrom(
  what: string,
  names: ReadonlyMap<string, Spoken>,
  given: readonly (readonly [string, unknown])[],
  others: readonly string[] = [],
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const said = new Map<string, string>();
  for (const [name, value] of given) {
    const spoken = names.get(name);
    if (spoken === undefined) {
      const accepted = [...names.keys(), ...others].map((one) => `--${one}`).join(', ');
      throw new UsageError(what, `--${name}`, accepted || 'no options');
    }
    const { option, means } = spoken;
    const earlier = said.get(option.name);
    if (earlier !== undefined) throw new UsageError(`--${name}`, `it with --${earlier}`, 'one of them');
    said.set(option.name, name);
    settings[option.name] = means ?? value;
  }
  return settings;
}
