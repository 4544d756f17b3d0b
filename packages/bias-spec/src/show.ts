// Prints any value in a few words for an error message. Never throws, whatever the value does, and never prints more than a line.
import { printable } from './printable.ts';

/** Longer texts are cut. */
const MOST_CHARACTERS = 100;
/** Longer lists are counted instead of printed. */
const MOST_ENTRIES = 8;

/**
 * A value in an error message.
 *
 * @example
 * show([1, 'two', new Float32Array(3)]); // '[1, "two", a Float32Array of 3]'
 */
export function show(value: unknown): string {
  try {
    return shown(value);
  } catch {
    // A revoked proxy, or a getter that throws.
    return `${typeof value === 'function' ? 'a function' : 'an object'} that cannot be read`;
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'bigint') return `${cut(String(value))}n`;
  if (typeof value === 'function') return nameOf(value) === '' ? 'a function' : `the function ${nameOf(value)}`;
  if (value === null || typeof value !== 'object') return cut(printable(String(value)));
  if (Array.isArray(value)) {
    // Lists inside a list are counted: they may be long, or contain the list that they are in.
    const one = (entry: unknown): string => (isArray(entry) ? `an array of ${entry.length}` : show(entry));
    return value.length > MOST_ENTRIES ? `an array of ${value.length}` : `[${value.map(one).join(', ')}]`;
  }
  const name = cut(printable(Object.prototype.toString.call(value).slice('[object '.length, -1)));
  if (ArrayBuffer.isView(value)) return `${article(name)} of ${(value as Partial<Uint8Array>).length ?? value.byteLength}`;
  const made = name === 'Object' ? nameOf((value as { readonly constructor?: unknown }).constructor) || name : name;
  // What a typed array's class made is a view, unless it is a proxy around one.
  return /^(?:Big)?(?:Int|Uint|Float)\d+\w*Array$/.test(made) ? `a proxy of ${article(made)}` : article(made);
}

/** `Array.isArray`, but false for a revoked proxy, for which it throws. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** What was thrown, in a few words. */
export function showThrown(error: unknown): string {
  try {
    if (!(error instanceof Error)) return show(error);
    const message: unknown = error.message;
    return typeof message === 'string' && message !== '' ? cut(printable(message)) : show(error);
  } catch {
    return 'an error that cannot be read';
  }
}

function text(value: string): string {
  if (value.length <= MOST_CHARACTERS) return printable(JSON.stringify(value));
  return `${printable(JSON.stringify(value.slice(0, MOST_CHARACTERS)))}... (${value.length} characters)`;
}

function cut(value: string): string {
  return value.length <= MOST_CHARACTERS ? value : `${value.slice(0, MOST_CHARACTERS)}...`;
}

/** The name of a function or class, '' where it has none: `name` may be anything. */
function nameOf(value: unknown): string {
  const name: unknown = (value as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? cut(printable(name)) : '';
}

function article(name: string): string {
  return `${/^[AEIO]/i.test(name) ? 'an' : 'a'} ${name}`;
}
