// The nearest of the accepted names to a misspelt one, for error texts.

/** Ends an error text: ` Did you mean "query"?`, or nothing where no accepted name is near. */
export function didYouMean(given: string, accepted: readonly string[], quote = '"'): string | undefined {
  const name = nearest(given, accepted);
  return name === undefined ? undefined : `Did you mean ${quote}${name}${quote}?`;
}

/**
 * The accepted name with the fewest edits, ignoring case and punctuation, at most a third of its characters; else the first one that
 * contains the given name.
 */
function nearest(given: string, accepted: readonly string[]): string | undefined {
  const wanted = plain(given);
  // So short a name is near every other: it can only be a beginning.
  if (wanted.length < 3) return wanted === '' ? undefined : accepted.find((name) => plain(name).startsWith(wanted));
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of accepted) {
    const edits = editDistance(wanted, plain(name));
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  return best ?? accepted.find((name) => plain(name).includes(wanted));
}

function plain(name: string): string {
  return name
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[^a-z\d]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let [before, row] = [[] as number[], Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const substituted = row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next.push(Math.min(substituted, row[j] + 1, next[j - 1] + 1, swapped ? before[j - 2] + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row[other.length];
}
