// The exports of a module under examples/book.

export interface BookAnswer {
  readonly question: string;
  /** The answer in words, its numbers computed. */
  readonly says: string;
  readonly table?: { readonly header: readonly Cell[]; readonly rows: readonly (readonly Cell[])[] };
  /** A small matrix, query by key; null marks a hidden pair. */
  readonly grid?: readonly (readonly (number | null)[])[];
}

export type Cell = string | number;
