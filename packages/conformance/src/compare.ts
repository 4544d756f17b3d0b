// Compares one result with the oracle, element by element, within the budgets. Independent of backends.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Inputs } from '@relbias/bias-spec/backend';
import { shapesOf } from '@relbias/bias-spec';
import type { OracleResult } from '@relbias/bias-spec/oracle';
import { oracle } from '@relbias/bias-spec/oracle';
import type { RowLimits, RowMasses } from './budgets.ts';
import { boundsOf, statisticalLimitsOf, unrelatedLimitsOf } from './budgets.ts';
import type { NaiveResult } from './naive32.ts';
import { naive32 } from './naive32.ts';
import type { Verdict, Worst } from './result.ts';
import { figure } from './result.ts';
import { rowMasses } from './row-masses.ts';

/**
 * The limit for a result. `bound`: no correct float32 implementation exceeds it, on any input. `statistical`: sharper, for random inputs, whose
 * rounding errors are unrelated.
 */
export type Limit = 'bound' | 'statistical';

/** The reference result of one case, and how far from it a result may be. Independent of the backend. */
export interface Expectation {
  readonly plan: AttentionPlan;
  readonly want: OracleResult;
  /** [batch * heads * queries]; null for a row without a visible key. */
  readonly budgets: readonly (RowLimits | null)[];
}

/**
 * The oracle's result, with the budget of every row.
 *
 * @param inputs - float32, [batch, heads, queries, headDim] and so on. The default limit holds for all inputs.
 * @example
 * const plan = planAttention({ heads: 1, queries: 1, keys: 1, headDim: 1 });
 * const inputs = { query: Float32Array.of(1), key: Float32Array.of(1), value: Float32Array.of(7) };
 * const expectation = expectationOf(plan, inputs);
 * compare(expectation, { output: Float32Array.of(7), logSumExp: Float32Array.of(1) }).status; // 'pass'
 */
export function expectationOf(plan: AttentionPlan, inputs: Inputs, limit: Limit = 'bound'): Expectation {
  const { batch, heads, queries } = plan;
  const want = oracle(plan, inputs.query, inputs.key, inputs.value);
  const rows: (RowMasses | null)[] = [];
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) rows.push(rowMasses(plan, inputs, b, h, i));
    }
  }
  if (limit === 'bound') return { plan, want, budgets: rows.map((row) => row && boundsOf(row)) };
  const unrelated = rows.map((row) => row && unrelatedLimitsOf(row));
  const naiveShare = largestShares({ plan, want, budgets: unrelated }, naive32(plan, inputs));
  const budgets = rows.map((row, index) => {
    const limits = unrelated[index];
    return row && limits && statisticalLimitsOf(row, limits, naiveShare);
  });
  return { plan, want, budgets };
}

/** The largest share of its budget that any element of a tensor uses; rows without a visible key have no budget. */
export function largestShares({ plan, want, budgets }: Expectation, got: NaiveResult): RowLimits {
  const { valueDim } = plan;
  let output = 0;
  let logSumExp = 0;
  budgets.forEach((budget, row) => {
    if (budget === null) return;
    for (let index = row * valueDim; index < (row + 1) * valueDim; index++) {
      output = Math.max(output, errorOf(got.output[index], want.output[index]) / budget.output);
    }
    logSumExp = Math.max(logSumExp, errorOf(got.logSumExp[row], want.logSumExp[row]) / budget.logSumExp);
  });
  return { output, logSumExp };
}

/** 0 for equal infinities (rows without a visible key); infinite for any other NaN or infinity. */
function errorOf(got: number, want: number): number {
  if (got === want) return 0;
  return Number.isFinite(got) && Number.isFinite(want) ? Math.abs(got - want) : Infinity;
}

/** Compares the numbers of a result, whose shapes are known to be right. */
export function compare(expectation: Expectation, got: NaiveResult): Verdict {
  const { plan, want, budgets } = expectation;
  const { valueDim } = plan;
  let worst: Candidate | null = null;
  for (let row = 0; row < budgets.length; row++) {
    const budget = budgets[row] ?? { output: 0, logSumExp: 0 };
    for (let c = 0; c < valueDim; c++) {
      const index = row * valueDim + c;
      worst = worse(worst, 'output', index, got.output[index], want.output[index], budget.output);
    }
    worst = worse(worst, 'logSumExp', row, got.logSumExp[row], want.logSumExp[row], budget.logSumExp);
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
  // An infinite error exceeds every budget, even an infinite one (logits beyond float32), where the quotient would be NaN.
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
