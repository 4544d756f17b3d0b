// Command-line arguments against a table of options: typed values out, or a UsageError that says what is accepted.
// node:util splits the arguments; unknown, repeated and missing ones are refused here, with messages that do not change with Node.
import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** One option of a command. */
export interface Option<T> {
  /** What the user writes after the name: `FILE`, `N`; absent for a switch. */
  readonly placeholder?: string;
  readonly help: string;
  readonly repeat?: boolean;
  read(name: string, text: string): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

export type Values<O extends Options> = { readonly [K in keyof O]?: O[K] extends Option<infer T> ? T : never };

/** A switch: given or not. */
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

export function number(help: string): Option<number> {
  return { placeholder: 'X', help, read: (name, given) => parseNumber(name, given) };
}

/** An integer; the default limit is where positions and sizes end. */
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

export function choice<T extends string>(accepted: readonly T[], help: string, placeholder = 'NAME'): Option<T> {
  return {
    placeholder,
    help,
    read(name, given) {
      if (accepted.includes(given as T)) return given as T;
      throw new UsageError(name, JSON.stringify(given), accepted.join(', '));
    },
  };
}

/** A finite decimal number; 'NaN', 'Infinity', hexadecimal and the empty text are none. */
export function parseNumber(name: string, given: string): number {
  const value = Number(given);
  if (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(given) && Number.isFinite(value)) return value;
  throw new UsageError(name, JSON.stringify(given), 'a finite number');
}

export interface ParsedArguments<O extends Options> {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
}

/**
 * Parses what follows the name of a command.
 *
 * @param positionals - what the command takes besides options, for the message; empty when it takes nothing.
 */
export function parseArguments<O extends Options>(
  args: readonly string[],
  options: O,
  positionals: readonly string[] = [],
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
    if (!Object.hasOwn(options, name)) throw new UsageError('arguments', rawName, acceptedNames(options));
    const value = readValue(options[name], rawName, token.value, token.inlineValue);
    const earlier = Object.hasOwn(values, name) ? values[name] : undefined;
    if (earlier !== undefined && !options[name].repeat) throw new UsageError(rawName, 'it twice', 'it once');
    values[name] = Array.isArray(earlier) && options[name].repeat ? [...earlier, ...(value as unknown[])] : value;
  }
  if (extra.length > positionals.length) {
    const wanted = positionals.length === 0 ? 'options only' : `at most ${positionals.join(' ')} besides options`;
    throw new UsageError('arguments', JSON.stringify(extra[positionals.length]), `${wanted} (${acceptedNames(options)})`);
  }
  return { values: values as Values<O>, positionals: extra };
}

function readValue(option: Option<unknown>, rawName: string, given: string | undefined, inline: boolean | undefined): unknown {
  if (option.placeholder === undefined) {
    if (given !== undefined) throw new UsageError(rawName, `the value ${JSON.stringify(given)}`, 'no value: it is a switch');
    return option.read(rawName, '');
  }
  // `--bias --causal` forgot a value; `--beta -0.5` did not.
  const forgotten = given === undefined || (!inline && given.startsWith('-') && !/^-[\d.]/.test(given));
  if (forgotten) throw new UsageError(rawName, 'no value', `${rawName} ${option.placeholder}`);
  return option.read(rawName, given);
}

function acceptedNames(options: Options): string {
  const names = Object.keys(options).map((name) => `--${name}`);
  return names.length === 0 ? 'nothing' : names.join(' ');
}

/** The value of an option that a command cannot do without. */
export function required<T>(value: T | undefined, usage: string): T {
  if (value === undefined) throw new UsageError('arguments', `no ${usage.split(' ')[0]}`, usage);
  return value;
}

/** One aligned line per option, for help. */
export function describeOptions(options: Options): string {
  const rows = Object.entries(options).map(([name, { placeholder, help }]) => [
    `  --${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, help]) => `${left.padEnd(width)}${help}`).join('\n');
}
