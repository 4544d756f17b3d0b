// Symbols that the formulas of several families share.
import type { FamilyDefinition } from '../family.ts';

type Symbols = NonNullable<FamilyDefinition['symbols']>;

/** The positions of query and key. */
export const QUERY_AND_KEY: Symbols = [
  ['i', 'position of the query'],
  ['j', 'position of the key'],
];

/** A head, and the positions of query and key. */
export const HEAD_AND_PAIR: Symbols = [['h', 'head, from 0'], ...QUERY_AND_KEY];
