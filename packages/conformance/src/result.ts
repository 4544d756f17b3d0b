// What became of one case. Plain data: it goes into the JSON report as it is.

/** A number as JSON can hold it: what is not finite becomes `"NaN"`, `"Infinity"`, `"-Infinity"`. */
export type Figure = number | string;

export function figure(value: number): Figure {
  return Number.isFinite(value) ? value : String(value);
}

/** The element nearest to its budget, or furthest past it. */
export interface Worst {
  /** `output` or `logSumExp`; golden vectors name further fields. */
  readonly tensor: string;
  /** In the tensor's shape: [batch, head, query, channel] or [batch, head, query]. */
  readonly index: readonly number[];
  readonly got: Figure;
  readonly want: Figure;
  /** The error in units in the last place of `want` in float32. */
  readonly ulp: Figure;
  readonly error: Figure;
  readonly budget: number;
}

/** What became of one case, with its name. */
export interface CaseResult {
  readonly name: string;
  /** The family; `claims` and `contract` for the cases that belong to none. */
  readonly family: string;
  readonly status: 'pass' | 'fail' | 'not-run';
  /** Why it failed or did not run: complete sentences, the command to repeat it last. Null where it passed. */
  readonly reason: string | null;
  /** Null where nothing was compared. */
  readonly worst: Worst | null;
  /** The share of the budget that the worst element left unused: 1 is exact, 0 at the budget, negative past it. Null without a budget. */
  readonly margin: Figure | null;
  /** The hash of what was got, where bits were compared. */
  readonly bits?: string;
  /** Set where the backend gave no answer in time. */
  readonly hung?: boolean;
}

/** What a case says of itself; the name and the command to repeat are added outside. */
export type Verdict = Pick<CaseResult, 'status' | 'reason' | 'worst' | 'margin' | 'bits' | 'hung'>;

export const PASS: Verdict = { status: 'pass', reason: null, worst: null, margin: null };

export function fail(reason: string): Verdict {
  return { status: 'fail', reason, worst: null, margin: null };
}

export function notRun(reason: string): Verdict {
  return { status: 'not-run', reason, worst: null, margin: null };
}
