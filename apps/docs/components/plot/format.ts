// Numbers as people read them, the same everywhere on the site.

/** About four figures, whole numbers whole; minus signs are real ones, a hidden pair says so. */
export function show(value: number): string {
  if (value === -Infinity) return 'hidden';
  if (Number.isInteger(value)) return String(value).replace('-', '−');
  const size = Math.abs(value);
  const text = size < 1e-3 || size >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll('-', '−');
}
