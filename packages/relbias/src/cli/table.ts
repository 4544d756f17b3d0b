// Numbers as text: an aligned table, and comma-separated values.

export type Cell = string | number;

/** Rows under a header, each column as wide as its widest cell. Numbers are aligned to the right, words to the left. */
export function alignedTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const columns = header.map((title, column) => {
    const numeric = rows.every((row) => typeof row[column] === 'number');
    const cells = [title, ...rows.map((row) => String(row[column]))];
    const width = Math.max(...cells.map((cell) => cell.length));
    return cells.map((cell) => (numeric ? cell.padStart(width) : cell.padEnd(width)));
  });
  return columns[0]
    .map((_, line) =>
      columns
        .map((cells) => cells[line])
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** RFC 4180 with plain newlines. Cells are quoted where needed. */
export function csv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const line = (cells: readonly Cell[]): string =>
    cells.map((cell) => (/[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell))).join(',');
  return [line(header), ...Array.from(rows, line)].join('\n');
}
