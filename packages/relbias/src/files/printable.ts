// Texts from files in messages: a name may hold anything, including control codes of the terminal.
import { printable as onOneLine } from '@relbias/bias-spec/backend';

/** More of one text would not help the reader. */
const LONGEST = 80;

const MOST_NAMES = 12;

/** The text on one line, with control characters escaped, cut to a readable length. */
export function printable(text: string, longest: number = LONGEST): string {
  return onOneLine(text, longest);
}

/** The first names of a list, and how many more there are. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing: the file is empty';
  const shown = names.slice(0, MOST_NAMES).map((name) => printable(name));
  const more = names.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
}
