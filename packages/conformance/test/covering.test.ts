// Covering arrays contain every pair of levels, and every combination of the requested groups of factors.
import { expect, test } from 'vitest';
import { coveringRows } from '../src/covering.ts';

function combinations(rows: readonly (readonly number[])[], columns: readonly number[]): number {
  return new Set(rows.map((row) => columns.map((column) => row[column]).join())).size;
}

test.each([
  [[2, 2, 2, 2], []],
  [
    [3, 4, 2, 5, 7],
    [
      [0, 1, 2],
      [1, 3, 4],
    ],
  ],
  [[1, 6, 3, 3], [[1, 2, 3]]],
])('levels %j, together %j', (counts, together) => {
  const rows = coveringRows(counts, together);
  const pairs = counts.flatMap((_, a) => counts.map((__, b) => [a, b]).filter(([, b]) => b > a));
  for (const columns of [...pairs, ...together]) {
    expect(combinations(rows, columns)).toBe(columns.reduce((product, column) => product * counts[column], 1));
  }
  expect(coveringRows(counts, together)).toEqual(rows);
  const largest = Math.max(
    ...[...pairs, ...together].map((columns) => columns.reduce((size, column) => size * counts[column], 1)),
  );
  expect(rows.length).toBeLessThan(2.5 * largest);
});
