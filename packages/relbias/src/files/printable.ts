// Texts from files as messages may show them: an array's name may hold anything, the terminal's own commands included.

/** More than this of one text tells nobody anything. */
const LONGEST = 80;

/** Control characters, invisible ones that reorder a line, line separators, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text on one line, cut to a readable length, with escapes for what a terminal would obey or hide. */
export function printable(text: string, longest: number = LONGEST): string {
  const shown = text.slice(0, longest).replaceAll(UNPRINTABLE, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
  return text.length > longest ? `${shown}...` : shown;
}
