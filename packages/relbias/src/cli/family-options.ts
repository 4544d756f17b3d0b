// The options of families on the command line: their names, their help, and the options of the family's function that they set.
import type { FamilyDefinition, FamilyOption } from '@relbias/bias-spec';
import { didYouMean } from '../did-you-mean.ts';
import type { Option, Options } from './arguments.ts';
import { choice, flag, integer, number, text } from './arguments.ts';
import { NUMBERS } from './numbers.ts';
import { UsageError } from './usage-error.ts';

/** An option of a family under one of its names on the command line. */
interface NamedOption {
  readonly option: FamilyOption;
  /** The value that a switch sets. */
  readonly value?: boolean;
}

/** A family's options by their names on the command line. Layers and functions have none: layers come from a --params file. */
export function commandLineNames({ options }: Pick<FamilyDefinition, 'options'>): Map<string, NamedOption> {
  const pairs = options.flatMap((option): [string, NamedOption][] => {
    if (option.kind === 'layers' || option.kind === 'function') return [];
    if (option.kind !== 'boolean') return [[nameOf(option), { option }]];
    const { switches = option.default ? { false: `no-${nameOf(option)}` } : { true: nameOf(option) } } = option;
    return [true, false].flatMap((value) => {
      const name = switches[`${value}`];
      return name === undefined ? [] : [[name, { option, value }] satisfies [string, NamedOption]];
    });
  });
  return new Map(pairs);
}

function nameOf({ name, commandLine }: FamilyOption): string {
  return commandLine ?? name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The command-line options of several families. The help of each names its families. */
export function optionsOf(families: readonly FamilyDefinition[]): Options {
  const found = new Map<string, Owned[]>();
  for (const family of families) {
    for (const [name, named] of commandLineNames(family)) {
      const before = found.get(name) ?? [];
      found.set(name, [...before, { family: family.name, meaning: meaningOf(named, family), ...named }]);
    }
  }
  return Object.fromEntries([...found].map(([name, owned]) => [name, readerOf(owned[0], helpOf(owned))]));
}

interface Owned extends NamedOption {
  readonly family: string;
  readonly meaning: string;
}

function meaningOf({ option, value }: NamedOption, { options }: FamilyDefinition): string {
  const isLayout = options.some((one) => one.kind === 'numbers' && one.layout === option.name);
  const meaning = option.kind === 'boolean' && value === false ? (option.otherwise ?? `not: ${option.meaning}`) : option.meaning;
  return isLayout ? `${meaning}, required for a flat or square file` : meaning;
}

/** `kerple, fire: the meaning (the default)`, for each meaning that the name has. */
function helpOf(owned: readonly Owned[]): string {
  const meanings = grouped(owned, ({ meaning }) => meaning);
  return [...meanings].map(([meaning, owners]) => `${namesOf(owners)}: ${meaning}${defaultOf(owners)}`).join('; ');
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
  const [{ option, value }] = owners;
  if (option.kind === 'boolean') return option.default === value ? ' (the default)' : '';
  const defaults = grouped(owners, (owner) => owner.option.default);
  if (defaults.size === 1) return option.default === undefined ? '' : ` (${option.default})`;
  return ` (${[...defaults].map(([one, some]) => `${one ?? 'none'} for ${namesOf(some)}`).join(', ')})`;
}

function readerOf({ option }: NamedOption, help: string): Option<unknown> {
  switch (option.kind) {
    case 'integer':
      return integer(help, option.least, option.most);
    case 'number':
      return number(help, option);
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
 * The options of the family's function, from the values of the command line. Lists are still texts.
 *
 * @param what - the option that named the family, and its value.
 * @param others - options that the family takes besides its own, for messages.
 */
export function settingsFrom(
  what: string,
  names: ReadonlyMap<string, NamedOption>,
  given: readonly (readonly [string, unknown])[],
  others: readonly string[] = [],
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  const set = new Map<string, string>();
  for (const [name, argument] of given) {
    const named = names.get(name);
    if (named === undefined) {
      const accepted = [...names.keys(), ...others].map((one) => `--${one}`);
      throw new UsageError(what, `--${name}`, accepted.join(', ') || 'no options', didYouMean(name, accepted, ''));
    }
    const { option, value } = named;
    const earlier = set.get(option.name);
    if (earlier !== undefined) throw new UsageError(`--${name}`, `it with --${earlier}`, 'one of them');
    set.set(option.name, name);
    settings[option.name] = value ?? argument;
  }
  return settings;
}
