// Options that several families share: a learned table, the order of its axes, and the rounding of log bucket boundaries.
import { BUCKET_ROUNDINGS } from '../buckets/log-scale.ts';
import type { TableLayout } from '../buckets/table.ts';
import { TABLE_LAYOUTS } from '../buckets/table.ts';
import type { FamilyOption } from '../family.ts';

/** The family-specific documentation of a table. */
interface TableDoc {
  readonly shape: string;
  readonly meaning: string;
  readonly initialisation: string;
  /** The default order of the axes. */
  readonly layout?: TableLayout;
}

/** The options `table` and `layout`. */
export function tableOptions({ shape, meaning, initialisation, layout = 'buckets-heads' }: TableDoc): FamilyOption[] {
  return [
    { name: 'table', kind: 'numbers', shape, layout: 'layout', meaning, required: true, parameter: 'learned', initialisation },
    { name: 'layout', kind: 'choice', choices: TABLE_LAYOUTS, meaning: "order of the table's axes", default: layout },
  ];
}

/** The option for the rounding of log bucket boundaries. */
export const ROUNDING_OPTION: FamilyOption = {
  name: 'rounding',
  kind: 'choice',
  choices: BUCKET_ROUNDINGS,
  meaning: 'bucket boundaries in exact arithmetic, or as the published float32 code rounds them',
  default: 'exact',
};
