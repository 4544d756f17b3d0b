// Compares one result with the oracle, element by element, against the budgets. Knows nothing of backends.
import type { AttentionPlan, Inputs } from '@relbias/bias-spec';
import { shapesOf } from '@relbias/bias-spec';
import type { OracleResult } from '@relbias/bias-spec/oracle';
import { oracle } from '@relbias/bias-spec/oracle';
import type { RowMasses } from './budgets.ts';
import { logSumExpBound, naiveBound, outputBound } from './budgets.ts';
import type { NaiveResult } from './naive32.ts';
import { naive32 } from './naive32.ts';
import type { Verdict, Worst } from './result.ts';
import { figure } from './result.ts';
import { rowMasses } from './row-masses.ts';

/** The truth about one case, and how far from it a result may be. Independent of the backend. */
export interface Expectation {
  readonly plan: AttentionPlan;
  readonly want: OracleResult;
  /** [batch * heads * queries]; null for a row that sees nothing. */
  readonly rows: readonly (RowMasses | null)[];
  /** The largest error of naive32 in each tensor. */
  readonly naiveError: { readonly output: number; readonly logSumExp: number };
}

/** What the oracle answers, with the budget of every element. */
export function expectationOf(plan: AttentionPlan, inputs: Inputs): Expectation {
  const { batch, heads, queries } = plan;
  const want = oracle(plan, inputs.query, inputs.key, inputs.value);
  const naive = naive32(plan, inputs);
  const rows: (RowMasses | null)[] = [];
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) rows.push(rowMasses(plan, inputs, b, h, i));
    }
  }
  const naiveError = {
    output: largestDifference(naive.output, want.output),
    logSumExp: largestDifference(naive.logSumExp, want.logSumExp),
  };
  return { plan, want, rows, naiveError };
}

function largestDifference(got: Float32Array, want: Float64Array): number {
  return got.reduce((most, one, index) => Math.max(most, errorOf(one, want[index])), 0);
}

/** 0 for equal infinities (rows that see nothing); infinite for any other NaN or infinity, which has no error to speak of. */
function errorOf(got: number, want: number): number {
  if (got === want) return 0;
  return Number.isFinite(got) && Number.isFinite(want) ? Math.abs(got - want) : Infinity;
}

/** Judges the numbers of a result whose shapes are known to be right. */
export function compare(expectation: Expectation, got: NaiveResult): Verdict {
  const { plan, want, rows, naiveError } = expectation;
  const { valueDim } = plan;
  let worst: Candidate | null = null;
  for (let row = 0; row < rows.length; row++) {
    const masses = rows[row];
    const outputBudget = masses === null ? 0 : Math.min(outputBound(masses), naiveBound(naiveError.output, masses.largestValue));
    for (let c = 0; c < valueDim; c++) {
      const index = row * valueDim + c;
      worst = worse(worst, 'output', index, got.output[index], want.output[index], outputBudget);
    }
    const lse = want.logSumExp[row];
    const logBudget =
      masses === null ? 0 : Math.min(logSumExpBound(masses), naiveBound(naiveError.logSumExp, Math.max(1, Math.abs(lse))));
    worst = worse(worst, 'logSumExp', row, got.logSumExp[row], lse, logBudget);
  }
  if (worst === null) throw new RangeError('a case without elements');
  return verdictOf(
    worst,
    plan,
    want.logSumExp[Math.floor(worst.index / (worst.tensor === 'output' ? valueDim : 1))] === -Infinity,
  );
}

interface Candidate {
  readonly tensor: 'output' | 'logSumExp';
  readonly index: number;
  readonly got: number;
  readonly want: number;
  readonly error: number;
  readonly budget: number;
  /** error / budget; 0 where both are 0, infinite where an exact element is wrong or a number is missing. */
  readonly used: number;
}

function worse(
  sofar: Candidate | null,
  tensor: Candidate['tensor'],
  index: number,
  got: number,
  want: number,
  budget: number,
): Candidate | null {
  const error = errorOf(got, want);
  // An infinite error is past every budget, also past one that logits beyond float32 made infinite: their quotient would be NaN.
  const used = error === 0 ? 0 : error === Infinity ? Infinity : error / budget;
  if (sofar !== null && used <= sofar.used) return sofar;
  return { tensor, index, got, want, error, budget, used };
}

function verdictOf(
  { tensor, index, got, want, error, budget, used }: Candidate,
  plan: AttentionPlan,
  seesNothing: boolean,
): Verdict {
  const worst: Worst = {
    tensor,
    index: unravel(index, shapesOf(plan)[tensor]),
    got: figure(got),
    want: figure(want),
    ulp: figure(error / ulpOf(want)),
    error: figure(error),
    budget,
  };
  const margin = figure(1 - used);
  if (used <= 1) return { status: 'pass', reason: null, worst, margin };
  const place = `${tensor}[${worst.index.join(', ')}]`;
  const exact = seesNothing ? ' (a row that sees no key is exactly 0, its log-sum-exp exactly -Infinity)' : '';
  const reason =
    `${place}: got ${got}, want ${want}, error ${show(error)} = ${show(error / ulpOf(want))} ulp, ` +
    `budget ${show(budget)} = ${show(budget / ulpOf(want))} ulp${exact}.`;
  return { status: 'fail', reason, worst, margin };
}

function show(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

/** The distance from a number to the next float32 away from 0. */
export function ulpOf(value: number): number {
  if (!Number.isFinite(value)) return NaN;
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(Math.fround(value)), 2 ** -126)));
  return 2 ** (exponent - 23);
}

export function unravel(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (const extent of shape.toReversed()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}
