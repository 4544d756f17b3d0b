// Places that are filled in turn, and filled anew when no strip under way reads them any more.

/** The place that holds what belongs to `key`, filled if need be; null as long as all places are in use. */
export type Slots<T> = (key: number, strip: number, collected: number) => T | null;

/** Keys must not come back once another has taken their place; `strip` is the one that will read, the first `collected` have read. */
export function slots<T>(places: readonly T[], fill: (place: T, key: number) => void): Slots<T> {
  const lastReader = places.map(() => -1);
  let at = places.length - 1;
  let held = -1;
  return (key, strip, collected) => {
    if (key !== held) {
      const next = (at + 1) % places.length;
      if (lastReader[next] >= collected) return null;
      at = next;
      held = key;
      fill(places[at], key);
    }
    lastReader[at] = strip;
    return places[at];
  };
}
