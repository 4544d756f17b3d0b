// What came of one row of the page, in numbers: a backend's report, or the golden vectors.
import type { Outcome } from './messages.ts';

export interface Tally {
  readonly pass: number;
  readonly fail: number;
  readonly notRun: number;
  /** Vectors that make no demand: they show what upstream does with parameters that it mishandles. */
  readonly noDemand: number;
  readonly milliseconds: number;
}

/** Undefined where nothing ran. */
export function tallyOf(outcome: Outcome | undefined): Tally | undefined {
  if (outcome?.kind === 'report') {
    const { counts, milliseconds } = outcome.report;
    return { pass: counts.pass, fail: counts.fail, notRun: counts.notRun, noDemand: 0, milliseconds };
  }
  if (outcome?.kind === 'vectors') {
    const count = (status: string): number => outcome.results.filter((one) => one.status === status).length;
    const { milliseconds } = outcome;
    return { pass: count('pass'), fail: count('fail'), notRun: count('not-run'), noDemand: count('recorded'), milliseconds };
  }
  return undefined;
}

/** The sentence of a row. */
export function say({ pass, fail, notRun, noDemand, milliseconds }: Tally): string {
  const parts = [`${pass} passed`, `${fail} failed`];
  if (notRun > 0) parts.push(`${notRun} not run`);
  if (noDemand > 0) parts.push(`${noDemand} without a demand`);
  return `${parts.join(', ')}, ${(milliseconds / 1000).toFixed(1)} s`;
}
