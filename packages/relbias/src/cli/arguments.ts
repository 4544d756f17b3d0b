// Parses command-line arguments against a table of options: typed values, or a UsageError that says what is accepted.
// node:util splits the arguments. Unknown, repeated and missing ones are refused here, with messages that do not change with Node.
import { printable } from '@relbias/bias-spec/backend';
import { parseArgs } from 'node:util';
import { didYouMean } from '../did-you-mean.ts';
import { UsageError } from './usage-error.ts';

/** One option of a command. */
export interface Option<T> {
  /** What the user writes after the name: `FILE`, `N`; absent for a switch. */
  readonly placeholder?: string;
  readonly help: string;
  /** Whether it may be given several times; its values are then lists. */
  readonly repeat?: boolean;
  read(name: string, text: string): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

export type Values<O extends Options> = { readonly [K in keyof O]?: O[K] extends Option<infer T> ? T : never };

/** A switch, without a value. */
export function flag(help: string): Option<true> {
  return { help, read: () => true };
}

/** Any text: a path, a name. */
export function text(placeholder: string, help: string): Option<string> {
  return {
    placeholder,
    help,
    read(name, given) {
      if (given !== '') return given;
      throw new UsageError(name, 'an empty text', placeholder);
    },
  };
}

/** Text that may be given several times. */
export function texts(placeholder: string, help: string): Option<string[]> {
  const { read } = text(placeholder, help);
  return { placeholder, help, repeat: true, read: (name, given) => [read(name, given)] };
}

/** The range of a number. `above` excludes its bound, `least` and `most` include theirs. */
export interface NumberLimits {
  readonly above?: number;
  readonly least?: number;
  readonly most?: number;
}

/** A finite number within its limits. */
export function number(help: string, { above, least, most }: NumberLimits = {}): Option<number> {
  const limits = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(least === undefined ? [] : [`of at least ${least}`]),
    ...(most === undefined ? [] : [`of at most ${most}`]),
  ];
  return {
    placeholder: 'X',
    help,
    read(name, given) {
      const value = parseNumber(name, given);
      if (value > (above ?? -Infinity) && value >= (least ?? -Infinity) && value <= (most ?? Infinity)) return value;
      throw new UsageError(name, given, `a number ${limits.join(' and ')}`);
    },
  };
}

/** An integer. The default maximum is the limit of positions and sizes. */
export function integer(help: string, min = 0, max: number = 2 ** 24): Option<number> {
  return {
    placeholder: 'N',
    help,
    read(name, given) {
      const value = Number(given);
      if (/^[+-]?\d+$/.test(given) && value >= min && value <= max) return value;
      throw new UsageError(name, JSON.stringify(given), `an integer from ${min} to ${max}`);
    },
  };
}

/** One of a few words. */
export function choice<T extends string>(accepted: readonly T[], help: string, placeholder = 'NAME'): Option<T> {
  return {
    placeholder,
    help,
    read(name, given) {
      if (accepted.includes(given as T)) return given as T;
      throw new UsageError(name, JSON.stringify(given), accepted.join(', '), didYouMean(given, accepted));
    },
  };
}

/** A finite decimal number. 'NaN', 'Infinity', hexadecimal and the empty text are refused. */
export function parseNumber(name: string, given: string): number {
  const value = Number(given);
  if (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(given) && Number.isFinite(value)) return value;
  throw new UsageError(name, JSON.stringify(given), 'a finite number');
}

export interface ParsedArguments<O extends Options> {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
}

/** What a command takes besides options, and its own hints for arguments that it does not take. */
export interface ArgumentRules {
  /** The names of positional arguments, for messages. */
  readonly positionals?: readonly string[];
  /** A hint for an unknown option or a positional argument too many, better than the nearest name of an option. */
  readonly hintFor?: (argument: string) => string | undefined;
}

/** Parses the arguments after the name of a command. */
export function parseArguments<O extends Options>(
  args: readonly string[],
  options: O,
  { positionals = [], hintFor = () => undefined }: ArgumentRules = {},
): ParsedArguments<O> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(
        ([name, { placeholder }]) => [name, { type: placeholder === undefined ? 'boolean' : 'string' }] as const,
      ),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  const extra: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      extra.push(token.value);
      continue;
    }
    const { name, rawName } = token;
    // node:util takes -causal for -c with a value.
    if (!rawName.startsWith('--') || !Object.hasOwn(options, name)) throw unknownOption(args[token.index], options, hintFor);
    const value = readValue(options[name], rawName, token.value, token.inlineValue);
    const earlier = Object.hasOwn(values, name) ? values[name] : undefined;
    if (earlier !== undefined && !options[name].repeat) throw new UsageError(rawName, 'it twice', 'it once');
    values[name] = Array.isArray(earlier) && options[name].repeat ? [...earlier, ...(value as unknown[])] : value;
  }
  if (extra.length > positionals.length) {
    const wanted = positionals.length === 0 ? 'options only' : `at most one ${positionals.join(' ')} besides options`;
    const got = JSON.stringify(extra[positionals.length]);
    const more = extra[positionals.length];
    throw new UsageError('arguments', got, wanted, hintFor(more) ?? didYouMean(more, optionNames(options), ''));
  }
  return { values: values as Values<O>, positionals: extra };
}

function readValue(option: Option<unknown>, rawName: string, given: string | undefined, inline: boolean | undefined): unknown {
  if (option.placeholder === undefined) {
    if (given !== undefined) throw new UsageError(rawName, `the value ${JSON.stringify(given)}`, 'no value: it is a switch');
    return option.read(rawName, '');
  }
  // `--bias --causal` lacks a value, `--beta -0.5` has one.
  const missing = given === undefined || (!inline && given.startsWith('-') && !/^-[\d.]/.test(given));
  if (missing) throw new UsageError(rawName, 'no value', `${rawName} ${option.placeholder}`);
  return option.read(rawName, given);
}

/** The error for an option that the command does not have. A short list of options is printed whole, a long one is left to --help. */
function unknownOption(given: string, options: Options, hintFor: (argument: string) => string | undefined): UsageError {
  const names = optionNames(options);
  const written = given.split('=')[0];
  const wanted = names.length > MAX_LISTED ? 'an option that --help lists' : names.join(' ') || 'no options';
  return new UsageError(
    'arguments',
    `the unknown option ${printable(written)}`,
    wanted,
    hintFor(written) ?? didYouMean(written, names, ''),
  );
}

/** Longer lists are left to --help. */
const MAX_LISTED = 8;

function optionNames(options: Options): string[] {
  return Object.keys(options).map((name) => `--${name}`);
}

/** The value of a required option. */
export function required<T>(value: T | undefined, usage: string): T {
  if (value === undefined) throw new UsageError('arguments', `no ${usage.split(' ')[0]}`, usage);
  return value;
}

/** One aligned line for each option, for --help. */
export function describeOptions(options: Options): string {
  const rows = Object.entries(options).map(([name, { placeholder, help }]) => [
    `  --${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, help]) => `${left.padEnd(width)}${help}`).join('\n');
}
