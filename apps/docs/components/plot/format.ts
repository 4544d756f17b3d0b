// Numbers as people read them, the same everywhere on the site.

/** About four digits, integers in full, with true minus signs; hidden pairs are named as such. */
export function show(value: number): string {
  if (value === -Infinity) return 'hidden';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value).replace('-', '−');
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll('-', '−');
}

/** A number that was drawn at random, over several seeds. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * As `41 (38 to 47)`, with the digits that the spread supports: down to its first digit, or its second where the first is 1 or 2. Where all
 * are of one sign, a number far smaller than the spread keeps two digits of its own. A spread of 0 gives the number alone.
 */
export function showSpread({ median, low, high }: Spread): string {
  const spread = high - low;
  if (!(spread > 0)) return show(median);
  const first = Math.floor(Math.log10(spread));
  const place = spread / 10 ** first < 3 ? first - 1 : first;
  const placeOf = (value: number): number =>
    low * high > 0 ? Math.min(place, Math.floor(Math.log10(Math.abs(value))) - 1) : place;
  const rounded = (value: number): string => roundAt(value, placeOf(value));
  return `${rounded(median)} (${rounded(low)} to ${rounded(high)})`;
}

/** A number down to the digit of 10 ** place. */
function roundAt(value: number, place: number): string {
  const size = Math.abs(value);
  if (size < 10 ** place / 2) return '0';
  if (size < 1e-3 || size >= 1e6)
    return value.toExponential(Math.max(0, Math.floor(Math.log10(size)) - place)).replaceAll('-', '−');
  const near = Math.round(value / 10 ** place) * 10 ** place;
  return String(Number(near.toFixed(Math.max(0, -place)))).replace('-', '−');
}

/** Median and extremes of at least one number. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    return (sorted[Math.floor(place)] + sorted[Math.ceil(place)]) / 2;
  };
  return { median: at(0.5), low: at(0), high: at(1) };
}
