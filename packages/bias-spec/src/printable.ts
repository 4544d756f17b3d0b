// Foreign texts (names in files, errors of backends) on one line, without characters that move a terminal's cursor or colour, hide or reorder
// other text.

/** Longer texts are cut. */
const LIMIT = 2000;

/** Control and format characters (bidirectional overrides, zero widths), lone surrogates, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text on one line: line breaks and tabs become a space, other characters that a terminal would not show as they are become code points.
 *
 * @param limit - the number of characters after which it is cut; default 2000.
 * @example
 * printable('first\n    second'); // 'first second'
 */
export function printable(text: string, limit: number = LIMIT): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}... (${text.length - limit} characters more)` : text;
  // Whitespace other than the space, with the indentation behind it.
  return cut.replaceAll(/[^\S ]+ */g, ' ').replaceAll(UNPRINTABLE, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}
