// Symbols that the formulas of several families share.
import type { FamilyDefinition } from '../family.ts';

type Symbols = NonNullable<FamilyDefinition['symbols']>;

/** Where query and key stand. */
export const QUERY_AND_KEY: Symbols = [
  ['i', 'position of the query'],
  ['j', 'position of the key'],
];

/** A head, and where query and key stand. */
export const HEAD_AND_PAIR: Symbols = [['h', 'head, from 0'], ...QUERY_AND_KEY];
