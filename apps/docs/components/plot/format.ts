// Numbers as people read them, the same everywhere on the site.

/** About four figures, whole numbers whole; minus signs are real ones, a hidden pair says so. */
export function show(value: number): string {
  if (value === -Infinity) return 'hidden';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value).replace('-', '−');
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll('-', '−');
}

/** A number that was drawn at random, with the digits that its spread supports: the last digit of all three is the first of high - low. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** As `41 (38 to 47)`; a spread of 0 as the number alone. */
export function showSpread({ median, low, high }: Spread): string {
  const spread = high - low;
  if (!(spread > 0)) return show(median);
  const place = Math.floor(Math.log10(spread));
  const unit = 10 ** place;
  const rounded = (value: number): string => {
    const near = Math.round(value / unit) * unit;
    return show(place < 0 ? Number(near.toFixed(Math.min(100, -place))) : near);
  };
  return `${rounded(median)} (${rounded(low)} to ${rounded(high)})`;
}

/** Median and extremes of at least one number; NaN where one of them is NaN. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    return (sorted[Math.floor(place)] + sorted[Math.ceil(place)]) / 2;
  };
  return { median: at(0.5), low: at(0), high: at(1) };
}
