// Checks a family's definition: every field, every option's description, and that it makes a bias of this family and convention.
import { readOptions, requireFinite, requireFunctions, requireInteger, requireName, requireOneOf } from './check.ts';
import { CONVENTIONS } from './convention.ts';
import { ParameterError, byFamily } from './errors.ts';
import type { FamilyDefinition, FamilyOption } from './family.ts';
import { contiguousPositions, explicitPositions } from './positions.ts';
import { isArray, show } from './show.ts';
import { requireAgreement, requireBias } from './bias-check.ts';
import { lowerBias } from './terms/lowered.ts';

const KINDS: readonly FamilyDefinition['kind'][] = ['none', 'heuristic', 'learned'];
const OPTION_KINDS: readonly FamilyOption['kind'][] = ['integer', 'number', 'boolean', 'choice', 'numbers', 'layers', 'function'];

/** Heads and tokens of the sample bias. Even, as some families require. */
const SAMPLE = 4;

/**
 * Checks a definition and returns it: its texts and functions are there, its options are described completely, and `initialise` makes a bias
 * of this family and convention whose `value` and `lower` agree. Call it before using a family of your own.
 *
 * @throws ParameterError naming the family and the field.
 * @example
 * requireFamily(alibiFamily).name; // 'alibi'
 */
export function requireFamily(definition: FamilyDefinition): FamilyDefinition {
  const checked = requireDefinition(definition);
  requireSample(`the family ${checked.name}`, checked);
  return checked;
}

/** Checks the fields of a definition and returns it. Makes no bias. @throws ParameterError naming the family and the field. */
function requireDefinition(definition: FamilyDefinition): FamilyDefinition {
  const given = readOptions('family', definition, null);
  const name = requireName('family.name', given.name);
  if (!/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(name)) {
    throw new ParameterError({
      what: 'family.name',
      got: show(name),
      wanted: 'lower-case words joined by -, such as kerple-log',
    });
  }
  const what = `the family ${name}`;
  for (const text of ['title', 'idea', 'formula', 'citation'] as const) requireName(`${what}: ${text}`, given[text]);
  requireOneOf(`${what}: kind`, given.kind, KINDS);
  requireOneOf(`${what}: convention`, given.convention, CONVENTIONS);
  requireFunctions(what, { create: given.create, initialise: given.initialise });
  requireList(`${what}: traps`, given.traps, requireName);
  requireList(`${what}: symbols`, given.symbols ?? [], (where, symbol: unknown) => {
    if (!isArray(symbol) || symbol.length !== 2) throw wrong(where, symbol, '[LaTeX, meaning]');
    symbol.forEach((text) => requireName(where, text));
  });
  requireList(`${what}: users`, given.users ?? [], (where, user: { readonly who?: unknown; readonly convention?: unknown }) => {
    requireName(`${where}.who`, user.who);
    requireOneOf(`${where}.convention`, user.convention, CONVENTIONS);
  });
  requireList(`${what}: cases`, given.cases, (where, one: { readonly name?: unknown; readonly create?: unknown }) => {
    requireName(`${where}.name`, one.name);
    requireFunctions(where, { create: one.create });
  });
  const caseNames = given.cases.map((one) => one.name);
  const twice = caseNames.findIndex((one, index) => caseNames.indexOf(one) !== index);
  if (twice !== -1) throw wrong(`${what}: cases[${twice}].name`, caseNames[twice], 'each case once');
  requireOptions(what, given);
  return given;
}

function wrong(what: string, got: unknown, wanted: string): ParameterError {
  return new ParameterError({ what, got: show(got), wanted });
}

/** Checks each entry of a list of texts or objects. */
function requireList(what: string, list: unknown, check: (where: string, entry: never) => unknown): void {
  if (!isArray(list)) throw wrong(what, list, 'a list');
  list.forEach((entry, index) => {
    const where = `${what}[${index}]`;
    if (entry === null || entry === undefined) throw wrong(where, entry, 'an entry');
    check(where, entry as never);
  });
}

function requireOptions(what: string, { options, example = {} }: FamilyDefinition): void {
  const names: string[] = [];
  requireList(`${what}: options`, options, (where, option: FamilyOption) => {
    const name = requireName(`${where}.name`, option.name);
    if (name === 'heads') throw wrong(`${where}.name`, name, 'any other: every family has heads, and they are not described');
    if (names.includes(name)) throw wrong(`${where}.name`, name, 'each option once');
    names.push(name);
    requireOption(`${what}: option ${name}`, option);
  });
  for (const option of options) {
    if (option.kind === 'numbers' && option.layout !== undefined)
      requireOneOf(`${what}: option ${option.name}: layout`, option.layout, names);
  }
  readOptions(`${what}: example`, example, names);
}

function requireOption(what: string, option: FamilyOption): void {
  requireName(`${what}: meaning`, option.meaning);
  requireOneOf(`${what}: kind`, option.kind, OPTION_KINDS);
  const { default: value } = option;
  if (option.required === true && value !== undefined) throw wrong(`${what}: default`, value, 'none, as the option is required');
  switch (option.kind) {
    case 'integer': {
      const least = requireInteger(`${what}: least`, option.least, -Number.MAX_SAFE_INTEGER);
      const most = option.most === undefined ? undefined : requireInteger(`${what}: most`, option.most, least);
      if (typeof value === 'number') requireInteger(`${what}: default`, value, least, most);
      break;
    }
    case 'number':
      if (option.above !== undefined) requireFinite(`${what}: above`, option.above);
      if (typeof value === 'number' && !(value > (option.above ?? -Infinity))) {
        throw wrong(`${what}: default`, value, option.above === undefined ? 'a number' : `a number above ${option.above}`);
      }
      break;
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong(`${what}: default`, value, 'true or false');
      for (const [side, name] of Object.entries(readOptions(`${what}: switches`, option.switches ?? {}, ['true', 'false']))) {
        if (name !== undefined) requireName(`${what}: switches.${side}`, name);
      }
      break;
    case 'choice':
      requireList(`${what}: choices`, option.choices, requireName);
      if (option.choices.length === 0) throw wrong(`${what}: choices`, option.choices, 'at least one');
      if (value !== undefined) requireOneOf(`${what}: default`, value, option.choices);
      break;
    case 'numbers':
    case 'layers':
      requireName(`${what}: shape`, option.shape);
      break;
    case 'function':
      break;
    default:
      option satisfies never;
  }
}

/** Makes a bias and checks it as planning does. */
function requireSample(what: string, { name, convention, initialise }: FamilyDefinition): void {
  const bias = byFamily(`${what}: initialise(${SAMPLE}, random)`, 'a bias', () => initialise(SAMPLE, numbers()));
  requireBias(`${what}: the bias that initialise makes`, bias);
  if (bias.family !== name) throw wrong(`${what}: family of its bias`, bias.family, show(name));
  if (bias.convention !== convention) throw wrong(`${what}: convention of its bias`, bias.convention, show(convention));
  if (bias.heads !== 0 && bias.heads !== SAMPLE) throw wrong(`${what}: heads of its bias`, bias.heads, String(SAMPLE));
  const tokens = bias.tokens ?? SAMPLE;
  const own = byFamily(`${name}.defaultPositions`, 'positions', () => bias.defaultPositions?.(tokens, tokens));
  const positions = own === undefined ? contiguousPositions(1, tokens, tokens) : explicitPositions(1, tokens, tokens, own);
  requireAgreement(bias, lowerBias(bias, SAMPLE, positions), SAMPLE, positions);
}

/** Deterministic numbers in [0, 1): a linear congruential generator. */
function numbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
