// `--bias FAMILY`: a built-in family by its name, or one from a module of the user's.
import type { Bias, FamilyDefinition, FamilyOption } from '@relbias/bias-spec';
import { RelbiasError, builtinFamilies } from '@relbias/bias-spec';
import { isPromise, printable, show } from '@relbias/bias-spec/backend';
import { didYouMean } from '../did-you-mean.ts';
import type { Option, Options } from './arguments.ts';
import { commandLineNames, optionsOf } from './family-options.ts';
import { Refusal, UsageError } from './usage-error.ts';
import { attempt, defaultExport, isModulePath, kindOf } from './user-module.ts';

/** The families that a command line can describe. One that requires a function is for code alone. */
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
    throw new UsageError(
      name,
      JSON.stringify(given),
      ACCEPTED,
      didYouMean(
        given,
        NAMED.map((one) => one.name),
      ),
    );
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
  return attempt(what, 'a family that cannot be read', WANTED, () => asFamily(what, exported));
}

/** The options of a command, with those of the family that `--bias` names. @throws UsageError where a name is taken. */
export async function withFamily<O extends Options>(options: O, args: readonly string[]): Promise<O> {
  const given = valueOf(args, '--bias');
  // An unknown name is refused when the option is parsed.
  if (given === undefined || !isBias(given)) return options;
  const own = optionsOf([await chosenFamily(given)]);
  const taken = Object.keys(own).find(
    (name) => name === 'help' || (Object.hasOwn(options, name) && !Object.hasOwn(FAMILY_OPTIONS, name)),
  );
  if (taken === undefined) return { ...options, ...own };
  const reason = taken === 'help' ? 'which prints the help of every command' : 'which the command already has';
  throw new UsageError(`--bias ${given}`, `an option --${taken}, ${reason}`, 'another name for it, as its "commandLine"');
}

/** The options to list in help: those of the command and, where `--bias` names a family, of this family alone, first. */
export async function listedOptions(options: Options, args: readonly string[]): Promise<Options> {
  const given = valueOf(args, '--bias');
  if (given === undefined || !isBias(given)) return options;
  const own = Object.keys(optionsOf([await chosenFamily(given)]));
  const all = Object.entries(await withFamily(options, args));
  const isOwn = ([name]: readonly [string, unknown]): boolean => own.includes(name);
  const others = all.filter(([name]) => !own.includes(name) && !Object.hasOwn(FAMILY_OPTIONS, name));
  return Object.fromEntries([...all.filter(isOwn), ...others]);
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
 * Calls `create` or `initialise` of a family. Any error of a family from a module becomes a refusal that names the module.
 *
 * @param make - the call.
 */
export async function biasOf(given: string, make: () => Bias): Promise<Bias> {
  if (!isModulePath(given)) return make();
  const what = `--bias ${given}`;
  const bias: unknown = await attempt(
    what,
    'a family that fails',
    'a bias of these options, or a RelbiasError that refuses them',
    () => {
      const made = callFamily(make);
      if (isPromise(made)) throw asynchronous(what, made);
      return made;
    },
  );
  const { value, lower, parameters } = (bias ?? {}) as Partial<Bias>;
  if (typeof value === 'function' && typeof lower === 'function' && typeof parameters === 'object' && parameters !== null)
    return bias as Bias;
  throw new UsageError(what, `${kindOf(bias)} from its create or initialise`, 'a bias, such as toeplitzBias returns');
}

function callFamily(make: () => Bias): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof RelbiasError) throw new Refusal(error.message);
    throw error;
  }
}

/** In code a family is created without waiting, and the program asks the same of it. */
function asynchronous(what: string, made: PromiseLike<unknown>): UsageError {
  // The promise is not used, and must not end the program if it rejects.
  made.then(undefined, () => {});
  const hint = 'Remove async; load files at the top of the module, where await is allowed.';
  return new UsageError(what, 'a promise from its create or initialise', 'a bias, without waiting', hint);
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
  const names = family.options.flatMap((option) => [...commandLineNames({ options: [option] }).keys()]);
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
    'a word of letters and digits other than heads',
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
