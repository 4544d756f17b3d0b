// Which cases an address asks for: `?filter=bits/,vectors/reproducible` runs those whose name contains one of the texts.

/** Whether the filter selects the case; an empty filter selects every case. */
export function isSelected(name: string, filter: string): boolean {
  return filter.split(',').some((text) => name.includes(text));
}
