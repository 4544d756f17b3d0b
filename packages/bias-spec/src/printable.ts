// Texts of others (names in files, errors of backends) on one line, without anything that moves a cursor, colours, hides or reorders what
// stands beside it on a terminal.

/** Longer texts are cut: a message of a gigabyte is no message. */
const LIMIT = 2000;

/** Controls, format characters (bidirectional overrides and zero widths among them), halves of surrogate pairs, separators of lines. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text on one line: line breaks and tabs become a space, whatever else a terminal would not simply show becomes its code point.
 *
 * @param limit - characters after which it is cut; default 2000.
 * @example
 * printable('first\n    second'); // 'first second'
 */
export function printable(text: string, limit: number = LIMIT): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}... (${text.length - limit} characters more)` : text;
  // Whitespace other than the space, with the indentation behind it.
  return cut.replaceAll(/[^\S ]+ */g, ' ').replaceAll(UNPRINTABLE, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}
