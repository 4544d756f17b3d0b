// The nearest of the accepted names to a misspelt one, for error texts.
import { nearest } from '@relbias/bias-spec/backend';
import { printable } from './files/printable.ts';

/** The end of an error text: `Did you mean "query"?`; undefined where no accepted name is near. */
export function didYouMean(given: string, accepted: readonly string[], quote = '"'): string | undefined {
  const name = similar(given, accepted);
  return name === undefined ? undefined : `Did you mean ${quote}${printable(name)}${quote}?`;
}

/** The accepted name with the fewest edits, else the first one that contains the given name. */
function similar(given: string, accepted: readonly string[]): string | undefined {
  const wanted = plain(given);
  // So short a name is near every other: it can only be a beginning.
  if (wanted.length < 3) return wanted === '' ? undefined : accepted.find((name) => plain(name).startsWith(wanted));
  return nearest(given, accepted) ?? accepted.find((name) => plain(name).includes(wanted));
}

function plain(name: string): string {
  return name
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[^a-z\d]/g, '');
}
