// Numbers as people read them, the same everywhere on the site.

/** About four figures; minus signs are real ones, a hidden pair says so. */
export function show(value: number): string {
  if (value === -Infinity) return 'hidden';
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll('-', '−');
}
