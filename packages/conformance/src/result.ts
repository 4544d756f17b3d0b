// The result of one case. Plain data, as it appears in the JSON report.

/** A number that JSON can hold: non-finite numbers are `"NaN"`, `"Infinity"`, `"-Infinity"`. */
export type Figure = number | string;

export function figure(value: number): Figure {
  return Number.isFinite(value) ? value : String(value);
}

/** The element nearest to its budget, or most in excess of it. */
export interface Worst {
  /** `output` or `logSumExp`; golden vectors have more fields. */
  readonly tensor: string;
  /** In the tensor's shape: [batch, head, query, component] or [batch, head, query]. */
  readonly index: readonly number[];
  readonly got: Figure;
  readonly want: Figure;
  /** The error in units in the last place of `want` in float32. */
  readonly ulp: Figure;
  readonly error: Figure;
  readonly budget: number;
}

/** The result of one case. */
export interface CaseResult {
  readonly name: string;
  /** The family; `claims` and `contract` for the cases that belong to none. */
  readonly family: string;
  readonly status: 'pass' | 'fail' | 'not-run';
  /** Why the case failed or did not run, in sentences, ending in the line that repeats it. Null where it passed. */
  readonly reason: string | null;
  /** Null where nothing was compared. */
  readonly worst: Worst | null;
  /** The share of the budget that the worst element left: 1 is exact, 0 is at the budget, negative exceeds it. Null without a budget. */
  readonly margin: Figure | null;
  /** The hash of the result, where bits were compared. */
  readonly bits?: string;
  /** True where the backend gave no answer in time. */
  readonly hung?: boolean;
}

/** The verdict of a case, without its name and the line that repeats it. */
export type Verdict = Pick<CaseResult, 'status' | 'reason' | 'worst' | 'margin' | 'bits' | 'hung'>;

export const PASS: Verdict = { status: 'pass', reason: null, worst: null, margin: null };

export function fail(reason: string): Verdict {
  return { status: 'fail', reason, worst: null, margin: null };
}

export function notRun(reason: string): Verdict {
  return { status: 'not-run', reason, worst: null, margin: null };
}
