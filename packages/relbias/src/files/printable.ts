// Texts from files as messages may show them: an array's name may hold anything, the terminal's own commands included.
import { printable as onOneLine } from '@relbias/bias-spec/backend';

/** More than this of one text tells nobody anything. */
const LONGEST = 80;

/** The text on one line, cut to a readable length. */
export function printable(text: string, longest: number = LONGEST): string {
  return onOneLine(text, longest);
}
