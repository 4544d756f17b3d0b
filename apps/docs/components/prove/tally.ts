// The counts of one row of the page: a backend's report, or the golden vectors.
import type { Outcome } from './messages.ts';

export interface Tally {
  readonly pass: number;
  readonly fail: number;
  readonly notRun: number;
  /** Vectors that require nothing: they record what upstream does with parameters that it mishandles. */
  readonly recorded: number;
  readonly milliseconds: number;
}

/** Undefined where nothing ran. */
export function tallyOf(outcome: Outcome | undefined): Tally | undefined {
  if (outcome?.kind === 'report') {
    const { counts, milliseconds } = outcome.report;
    return { pass: counts.pass, fail: counts.fail, notRun: counts.notRun, recorded: 0, milliseconds };
  }
  if (outcome?.kind === 'vectors') {
    const count = (status: string): number => outcome.results.filter((one) => one.status === status).length;
    const { milliseconds } = outcome;
    return { pass: count('pass'), fail: count('fail'), notRun: count('not-run'), recorded: count('recorded'), milliseconds };
  }
  return undefined;
}

/** The counts as a sentence. */
export function formatTally({ pass, fail, notRun, recorded, milliseconds }: Tally): string {
  const parts = [`${pass} passed`, `${fail} failed`];
  if (notRun > 0) parts.push(`${notRun} not run`);
  if (recorded > 0) parts.push(`${recorded} recorded only`);
  return `${parts.join(', ')}, ${(milliseconds / 1000).toFixed(1)} s`;
}
