// The options that several families have alike: a learned table, the order of its axes, and how the boundaries of log buckets are rounded.
import { BUCKET_ROUNDINGS } from '../buckets/log-scale.ts';
import type { TableLayout } from '../buckets/table.ts';
import { TABLE_LAYOUTS } from '../buckets/table.ts';
import type { FamilyOption } from '../family.ts';

/** What is each family's own about its table. */
interface TableDoc {
  readonly shape: string;
  readonly meaning: string;
  readonly initialisation: string;
  /** The order of the axes where none is named. */
  readonly layout?: TableLayout;
}

/** The options `table` and `layout`. */
export function tableOptions({ shape, meaning, initialisation, layout = 'buckets-heads' }: TableDoc): FamilyOption[] {
  return [
    { name: 'table', kind: 'numbers', shape, layout: 'layout', meaning, required: true, parameter: 'learned', initialisation },
    { name: 'layout', kind: 'choice', choices: TABLE_LAYOUTS, meaning: "order of the table's axes", default: layout },
  ];
}

/** How the boundaries of log buckets are rounded. */
export const ROUNDING_OPTION: FamilyOption = {
  name: 'rounding',
  kind: 'choice',
  choices: BUCKET_ROUNDINGS,
  meaning: 'exact arithmetic, or the bits of the published float32 code',
  default: 'exact',
};
