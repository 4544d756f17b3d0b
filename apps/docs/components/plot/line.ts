// One line of a chart, and how its values are written.
import { show, showSpread } from './format.ts';

export interface Line {
  readonly name: string;
  readonly values: readonly number[];
  /** From 1: selects colour, dash pattern and marker. 0 draws the line in the background, without a name. */
  readonly line: number;
  /** The spread of values that were drawn at random, drawn as a band. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

/** What a line says at an index: its value, and the spread where it has one. */
export function readLine({ values, low, high }: Line, index: number): string {
  const [value, least, most] = [values[index], low?.[index], high?.[index]];
  if (value === undefined || Number.isNaN(value)) return '';
  return least === undefined || most === undefined ? show(value) : showSpread({ median: value, low: least, high: most });
}
