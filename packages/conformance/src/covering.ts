// Covering arrays: a small number of rows, chosen greedily, that contain every two levels of any two factors, and every combination of the
// groups of factors that are asked for. Deterministic: the same table always gives the same rows.

interface Group {
  readonly columns: readonly number[];
  /** The combinations that no row contains yet, each as one number. */
  readonly missing: Set<number>;
}

/**
 * Rows of level numbers, one number for each factor.
 *
 * @param counts how many levels each factor has
 * @param together groups of factors, by their index in `counts`, for which every combination is needed, in addition to all pairs
 * @example
 * coveringRows([2, 2, 2]).length < 2 * 2 * 2; // true
 */
export function coveringRows(counts: readonly number[], together: readonly (readonly number[])[] = []): number[][] {
  const pairs = counts.flatMap((_, a) => Array.from({ length: counts.length - a - 1 }, (__, place) => [a, a + 1 + place]));
  // Large groups first: they determine the number of rows, and contain most pairs.
  const groups = [...together, ...pairs].map((columns): Group => {
    const size = columns.reduce((product, column) => product * counts[column], 1);
    return { columns, missing: new Set(Array.from({ length: size }, (_, code) => code)) };
  });
  const rows: number[][] = [];
  for (;;) {
    const first = groups.find(({ missing }) => missing.size > 0);
    if (first === undefined) return rows;
    const row = counts.map(() => -1);
    let [code] = first.missing;
    for (const column of first.columns) {
      row[column] = code % counts[column];
      code = Math.floor(code / counts[column]);
    }
    for (const column of counts.keys()) {
      if (row[column] < 0) row[column] = mostMissing(row, column, counts, groups, rows.length);
    }
    for (const { columns, missing } of groups) missing.delete(codeOf(columns, row, counts));
    rows.push(row);
  }
}

/** The level of one factor that adds the most new combinations; ties are broken differently in every row. */
function mostMissing(
  row: readonly number[],
  column: number,
  counts: readonly number[],
  groups: readonly Group[],
  turn: number,
): number {
  const levels = Array.from({ length: counts[column] }, (_, step) => (turn + step) % counts[column]);
  const gains = levels.map((level) => {
    const tried = row.with(column, level);
    const complete = groups.filter(({ columns }) => columns.includes(column) && columns.every((one) => tried[one] >= 0));
    return complete.filter(({ columns, missing }) => missing.has(codeOf(columns, tried, counts))).length;
  });
  return levels[gains.indexOf(Math.max(...gains))];
}

function codeOf(columns: readonly number[], row: readonly number[], counts: readonly number[]): number {
  return columns.reduceRight((code, column) => code * counts[column] + row[column], 0);
}
