// The checks of single values and of options objects. Each throws an error class of errors.ts and returns the value it checked.
import { ParameterError, reading } from './errors.ts';
import { printable } from './printable.ts';
import { isArray, show } from './show.ts';
import { hintFor } from './spelling.ts';

/** The largest position and token count. Every distance is then exact in float32 on any device. */
export const MAX_POSITION: number = 2 ** 23;

/** More heads than any model has, and few enough that a typo does not allocate gigabytes. */
export const MAX_HEADS: number = 2 ** 16;

export function requireInteger(what: string, value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  const wanted = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
  throw new ParameterError({ what, got: show(value), wanted });
}

export function requireFinite(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ParameterError({ what, got: show(value), wanted: 'a finite number' });
}

/**
 * A parameter above 0, for families of your own.
 *
 * @throws ParameterError naming `what`.
 * @example
 * requirePositive('root.power', 0.5); // 0.5
 */
export function requirePositive(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new ParameterError({ what, got: show(value), wanted: 'a finite number above 0' });
}

/** A factor above 0 that float32 can hold: a smaller one would be 0 in a kernel, a larger one infinite. */
export function requireFactor(what: string, value: unknown): number {
  const factor = requirePositive(what, value);
  if (factor >= SMALLEST_NORMAL && Number.isFinite(Math.fround(factor))) return factor;
  throw new ParameterError({ what, got: show(value), wanted: 'a number that float32 can hold, from 2^-126 up to 3.4e38' });
}

/** The smallest normal float32: devices may flush smaller numbers to 0. */
const SMALLEST_NORMAL = 2 ** -126;

/** A name of a family, an option or a case. */
export function requireName(what: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ParameterError({ what, got: show(value), wanted: 'a name' });
}

/** Methods that a definition must have. */
export function requireFunctions(what: string, methods: Readonly<Record<string, unknown>>): void {
  for (const [name, method] of Object.entries(methods)) {
    if (typeof method !== 'function')
      throw new ParameterError({ what: `${what}.${name}`, got: show(method), wanted: 'a function' });
  }
}

export function requireBoolean(what: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ParameterError({ what, got: show(value), wanted: 'true or false' });
}

export function requireOneOf<T extends string>(what: string, value: unknown, accepted: readonly T[]): T {
  if (accepted.includes(value as T)) return value as T;
  throw new ParameterError({
    what,
    got: show(value),
    wanted: accepted.map((name) => JSON.stringify(name)).join(' or '),
  });
}

/**
 * Refuses an options object with unknown names: `casual: true` must not be ignored silently. null is refused for every option.
 *
 * @param what - the name of the object in errors: `root`.
 * @param known - the options that it may have.
 * @throws ParameterError naming the option, and the one that was probably meant or where it belongs.
 * @example
 * requireKnownKeys('root', { power: 0.5 }, ['heads', 'power']); // fine
 */
export function requireKnownKeys(what: string, options: unknown, known: readonly string[]): void {
  readOptions(what, options as Readonly<Record<string, unknown>>, known);
}

/**
 * The options of an object, each read once: a getter that answers differently the second time must not get past its check.
 *
 * @param known - the options that it may have; null if a later check does that.
 * @param needed - the options to read even if they are inherited.
 * @throws as `requireKnownKeys`.
 */
export function readOptions<O extends object>(
  what: string,
  options: O,
  known: readonly (keyof O & string)[] | null,
  needed: readonly (keyof O & string)[] = known ?? [],
): O {
  const names = known?.join(', ');
  const wanted =
    names === undefined ? 'an object of options' : `an object with the option${known?.length === 1 ? '' : 's'} ${names}`;
  if (options === null || typeof options !== 'object' || isArray(options) || ArrayBuffer.isView(options)) {
    const hint = typeof options === 'number' && known?.length ? `Name the option: { ${known[0]}: ${show(options)} }.` : undefined;
    throw new ParameterError({ what, got: show(options), wanted, hint });
  }
  const read = reading(what, 'an object', wanted, () => {
    // A Map, a Date or a Promise has no fields: each of its options would be left out without a word.
    if (!/^\[object (?:Object|Module)\]$/.test(Object.prototype.toString.call(options))) {
      throw new ParameterError({ what, got: show(options), wanted });
    }
    return fieldsOf(options, needed);
  });
  for (const [key, value] of Object.entries(read)) {
    if (known !== null && !known.includes(key as keyof O & string)) {
      const quoted = printable(key, 100);
      const hint = hintFor(key, known);
      throw new ParameterError({
        what: `${what}.${quoted}`,
        got: `the unknown option '${quoted}'`,
        wanted: `one of ${names}`,
        hint,
      });
    }
    if (value === null) {
      throw new ParameterError({
        what: `${what}.${key}`,
        got: 'null',
        wanted: 'a value',
        hint: 'To take the default, leave the option out.',
      });
    }
  }
  return read;
}

/** All own fields, and the known ones if they are inherited. */
function fieldsOf<O extends object>(options: O, known: readonly (keyof O & string)[]): O {
  const own = Object.entries(options);
  const names = new Set(own.map(([name]) => name));
  const inherited = known.filter((name) => !names.has(name)).map((name) => [name, options[name]] as const);
  return Object.fromEntries([...own, ...inherited]) as O;
}
