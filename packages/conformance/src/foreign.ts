// What others say (errors thrown by backends, names they give themselves) as text that is safe to print: reading it never throws, and it
// is one line without anything that moves a cursor, colours, hides or reorders what stands beside it.

/** Longer texts are cut: a message of a gigabyte is no message. */
const LIMIT = 2000;

/** Controls, format characters (bidirectional overrides and zero widths among them), halves of surrogate pairs, separators of lines. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text on one line: line breaks and tabs become a space, whatever else a terminal would not simply show becomes its code point.
 *
 * @example
 * printable('first\n    second'); // 'first second'
 */
export function printable(text: string, limit: number = LIMIT): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}... (${text.length - limit} characters more)` : text;
  // Whitespace other than the space, with the indentation behind it.
  return cut.replaceAll(/[^\S ]+ */g, ' ').replaceAll(UNPRINTABLE, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/**
 * What was thrown, in words. Anything can be thrown, and reading it can throw again; this does not.
 *
 * @example
 * describeThrown(new TypeError('x is not a function')); // 'TypeError: x is not a function'
 */
export function describeThrown(thrown: unknown): string {
  return attempted(() => thrown);
}

/** Its message alone, where it has one. */
export function messageOf(thrown: unknown): string {
  return attempted(() => (thrown instanceof Error ? thrown.message : thrown));
}

/**
 * Name, message and the places it came through, where it has them, on one line.
 *
 * @example
 * traceThrown(undefined); // 'undefined'
 */
export function traceThrown(thrown: unknown): string {
  return attempted(() => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown));
}

function attempted(read: () => unknown): string {
  try {
    return printable(String(read()));
  } catch {
    return 'something that cannot be read';
  }
}

/** Whether an error is of a class; by name as well, because a backend may have brought its own copy of the spec package. */
export function isNamed(thrown: unknown, wanted: { readonly name: string; new (...args: never[]): Error }): boolean {
  try {
    return thrown instanceof wanted || (thrown instanceof Error && thrown.name === wanted.name);
  } catch {
    return false;
  }
}
