// `--bias FAMILY`: a built-in family by its name, or one from a module of the user's own.
import type { Bias, FamilyDefinition, FamilyOption } from '@relbias/bias-spec';
import { RelbiasError, builtinFamilies } from '@relbias/bias-spec';
import { printable, show } from '@relbias/bias-spec/backend';
import type { Option, Options } from './arguments.ts';
import { optionsOf, spokenNames } from './family-options.ts';
import { Refusal, UsageError } from './usage-error.ts';
import { attempt, defaultExport, isModulePath, kindOf } from './user-module.ts';

/** The families that text can describe: one that needs a function of the user's own is for code. */
const NAMED: readonly FamilyDefinition[] = builtinFamilies.filter(({ options }) =>
  options.every(({ kind, required }) => kind !== 'function' || required !== true),
);

/** The options of all built-in families. */
export const FAMILY_OPTIONS: Options = optionsOf(NAMED);

const NAMES = NAMED.map(({ name }) => name).join(', ');
const ACCEPTED = `${NAMES}, or the path of a module (./family.js)`;

export const FAMILY_CHOICE: Option<string> = {
  placeholder: 'FAMILY|./family.js',
  help: `${ACCEPTED} (none)`,
  read(name, given) {
    if (isBias(given)) return given;
    throw new UsageError(name, JSON.stringify(given), ACCEPTED);
  },
};

function isBias(given: string): boolean {
  return isModulePath(given) || NAMED.some(({ name }) => name === given);
}

/** The family that `--bias` names. */
export async function chosenFamily(given: string): Promise<FamilyDefinition> {
  const named = NAMED.find(({ name }) => name === given);
  if (named !== undefined) return named;
  if (!isModulePath(given)) throw new UsageError('--bias', JSON.stringify(given), ACCEPTED);
  const what = `--bias ${given}`;
  const exported = await defaultExport(what, given);
  return attempt(what, 'a family that fails to be read', WANTED, () => asFamily(what, exported));
}

/** A command's options as the family of `--bias` reads them, together with those that a family of the user's own has for itself. */
export async function withFamily<O extends Options>(options: O, args: readonly string[]): Promise<O> {
  const given = valueOf(args, '--bias');
  // Parsing says what is wrong with a name that is none.
  if (given === undefined || !isBias(given)) return options;
  const own = optionsOf([await chosenFamily(given)]);
  const taken = Object.keys(own).find((name) => Object.hasOwn(options, name) && !Object.hasOwn(FAMILY_OPTIONS, name));
  if (taken === undefined) return { ...options, ...own };
  throw new UsageError(
    `--bias ${given}`,
    `an option --${taken}, which the command has already`,
    'another name for it: its "commandLine"',
  );
}

function valueOf(args: readonly string[], name: string): string | undefined {
  for (const [index, one] of args.entries()) {
    if (one === '--') return undefined;
    if (one === name) return args[index + 1];
    if (one.startsWith(`${name}=`)) return one.slice(name.length + 1);
  }
  return undefined;
}

/**
 * What a family makes of options. A family of the user's own may fail in any way: that is told as its fault.
 *
 * @param made - the call of its `create` or `initialise`.
 */
export async function biasOf(given: string, made: () => Bias): Promise<Bias> {
  if (!isModulePath(given)) return made();
  const what = `--bias ${given}`;
  const bias: unknown = await attempt(what, 'a family that fails', 'a bias of these options, or a refusal of them', () => {
    try {
      return made();
    } catch (error) {
      if (error instanceof RelbiasError) throw new Refusal(error.message);
      throw error;
    }
  });
  const { value, lower, parameters } = (bias ?? {}) as Partial<Bias>;
  if (typeof value === 'function' && typeof lower === 'function' && typeof parameters === 'object' && parameters !== null)
    return bias as Bias;
  throw new UsageError(what, `${kindOf(bias)} from its create or initialise`, 'a bias, such as toeplitzBias makes');
}

const WANTED = 'a default export that is a family definition ({ name, options, create, initialise, ... })';
const KINDS: readonly string[] = ['integer', 'number', 'boolean', 'choice', 'numbers', 'layers', 'function'];

function asFamily(what: string, exported: unknown): FamilyDefinition {
  const refuse = (got: string): never => {
    throw new UsageError(what, got, WANTED);
  };
  if (exported === undefined) refuse('no default export');
  if (exported === null || typeof exported !== 'object') refuse(kindOf(exported));
  const { name, options, create, initialise } = exported as Partial<FamilyDefinition>;
  if (typeof name !== 'string') refuse('no name');
  if (typeof create !== 'function') refuse('no create');
  if (typeof initialise !== 'function') refuse('no initialise');
  if (!Array.isArray(options)) return refuse('no list of options');
  const family = { ...(exported as FamilyDefinition), options: options.map((one, index) => asOption(what, one, index)) };
  const names = family.options.flatMap((option) => [...spokenNames({ options: [option] }).keys()]);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined) refuse(`two options called --${twice}`);
  return family;
}

function asOption(what: string, given: unknown, index: number): FamilyOption {
  const option = (given ?? {}) as Readonly<Record<string, unknown>>;
  const { kind, commandLine, switches } = option;
  const need = (field: string, right: boolean, wanted: string): void => {
    if (!right) throw new UsageError(`${what}, options[${index}].${field}`, printable(show(option[field])), wanted);
  };
  const { name } = option;
  need(
    'name',
    typeof name === 'string' && /^[a-z]\w*$/i.test(name) && name !== 'heads',
    'a word of letters and digits, not heads',
  );
  need('meaning', typeof option['meaning'] === 'string', 'a text');
  need('kind', KINDS.includes(kind as string), KINDS.join(', '));
  need('least', kind !== 'integer' || typeof option['least'] === 'number', 'a number');
  need('default', kind !== 'boolean' || typeof option['default'] === 'boolean', 'true or false');
  need('choices', kind !== 'choice' || Array.isArray(option['choices']), 'a list of words');
  const isName = (one: unknown): boolean => one === undefined || (typeof one === 'string' && /^[a-z][\da-z-]*$/.test(one));
  const wanted = 'a name of lower-case letters, digits and dashes';
  need('commandLine', isName(commandLine), wanted);
  const isRecord = switches === undefined || (switches !== null && typeof switches === 'object');
  need('switches', isRecord && Object.values(switches ?? {}).every(isName), `an object with ${wanted} for each`);
  return given as FamilyOption;
}
