// Prints numbers as an aligned table, JSON or CSV.
import type { Option, Values } from './arguments.ts';
import { flag } from './arguments.ts';
import type { Cell } from './table.ts';
import { alignedTable, csv } from './table.ts';
import { UsageError } from './usage-error.ts';

export const OUTPUT_OPTIONS: Readonly<Record<'json' | 'csv', Option<true>>> = {
  json: flag('print JSON'),
  csv: flag('print comma-separated values'),
};

export interface Printable {
  readonly json: unknown;
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The numbers in the requested form. */
export function render(values: Values<typeof OUTPUT_OPTIONS>, { json, header, rows }: Printable): string {
  requireOneForm(values);
  if (values.json) return JSON.stringify(json, infinitiesAsText);
  return values.csv ? csv(header, rows) : alignedTable(header, rows);
}

/** Refuses more than one of the switches that choose a form. */
export function requireOneForm(forms: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(OUTPUT_OPTIONS).filter((name) => forms[name] === true);
  if (given.length > 1) throw new UsageError('output', given.map((name) => `--${name}`).join(' and '), 'one of them');
}

/** JSON has no infinities: hidden pairs of a bias become the text "-Infinity". */
function infinitiesAsText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
