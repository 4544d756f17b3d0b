// A cell of a matrix, by row and column from 0.

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** The nearest cell of a matrix of that size: a cursor outlives a matrix that shrinks. */
export function clampCell({ row, column }: Cell, rows: number, columns: number): Cell {
  return { row: Math.max(0, Math.min(rows - 1, row)), column: Math.max(0, Math.min(columns - 1, column)) };
}
