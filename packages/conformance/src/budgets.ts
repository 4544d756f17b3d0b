// THE table of tolerances: every number that decides between pass and fail stands here, with its reason.
//
// An element passes when its error is at most the smaller of two bounds.
//
// 1. The derived bound: what float32 may lose at most, from quantities of the row that the oracle knows. A first-order analysis of
//
//        logit_j = scale * sum_c q_c k_jc + biasScale * bias_j,   w_j = exp(logit_j - max),   o = sum_j w_j v_j / sum_j w_j
//
//    where an error of d in a logit makes a relative error of expm1(d) in its weight, and errors of weights count by the weight.
// 2. The naive bound: NAIVE_FACTOR times what a naive float32 implementation (naive32.ts) loses on the same case, plus a floor.
//
// Exact gates have no tolerance: rows that see nothing are 0 and -Infinity, nothing else is NaN or infinite, two runs give the same
// bits, shapes and dtypes are those of the contract.

/** The unit roundoff of float32: one operation errs by at most this, relatively. */
const UNIT = 2 ** -24;

/** In units of UNIT, relative to what the name says. */
const ROUNDINGS = {
  /** Per content mass: the scale's rounding to float32, its product, and the same again for log2(e) in kernels that use exp2. */
  scaling: 4,
  /** Per bias mass: the table's rounding, biasScale's, their product, and log2(e)'s two. */
  toeplitzBias: 5,
  /** The same, with the roundings of feature, row scale, their product, slope, its product and the intercept's sum before them. */
  rowScaledBias: 11,
  /** Per softcap: tanh as a quotient of exponentials, whose own error (below) is largest, 8, where tanh still bends; doubled. */
  softcap: 16,
  /** Per |logit|: the sum of content and bias, and one change of base. */
  logit: 2,
  /** exp of x: WebGPU and Vulkan allow 3 + 2|x| ulp, an ulp being at most 2 units, and rounding x - max costs |x| twice over. */
  exp: 6,
  expPerArgument: 6,
  /** The final division (2.5 ulp on a GPU) and the store. */
  quotient: 6,
  /** log of s: WGSL allows 2^-21 between 0.5 and 2, and 3 ulp of the result elsewhere. */
  log: 8,
  logPerResult: 6,
  /** Per |max|: the change of base back to e, and the sum max + log. */
  max: 4,
} as const;

/**
 * The growth of a sum of `terms` rounded additions, in units of UNIT. The worst case is `terms`. Roundings of unrelated numbers behave
 * like a random walk: 6 sqrt(terms) fails with a probability of at most 2 terms exp(-18) (Higham and Mary 2019, A New Approach to
 * Probabilistic Rounding Error Analysis, theorem 3.1), whatever the order of the sum.
 */
function sumGrowth(terms: number): number {
  return Math.min(terms, 6 * Math.sqrt(terms));
}

/** What one visible pair brings to the error of its row. */
export interface PairMasses {
  readonly headDim: number;
  /** scale * sum_c |q_c k_c| */
  readonly content: number;
  /** |biasScale| * sum of the sizes of the bias's terms */
  readonly bias: number;
  readonly rowScaled: boolean;
  /** 0 where there is none. */
  readonly softcap: number;
  readonly logit: number;
  /** logit - largest logit of the row, at most 0. */
  readonly argument: number;
}

/** The relative error that the weight of a pair may have, before it is normalised. */
export function weightError(pair: PairMasses): number {
  const content = pair.content * (sumGrowth(pair.headDim) + ROUNDINGS.scaling) + pair.softcap * ROUNDINGS.softcap;
  const bias = pair.bias * (pair.rowScaled ? ROUNDINGS.rowScaledBias : ROUNDINGS.toeplitzBias);
  const logit = Math.abs(pair.logit) * ROUNDINGS.logit;
  const exp = ROUNDINGS.exp + Math.abs(pair.argument) * ROUNDINGS.expPerArgument;
  return Math.expm1(UNIT * (content + bias + logit + exp));
}

/** What the oracle knows of one row that sees at least one key. */
export interface RowMasses {
  readonly visibleKeys: number;
  /** The mean of weightError over the row, weighted by the softmax. */
  readonly weightError: number;
  /** The largest |v| the row can see. */
  readonly largestValue: number;
  readonly largestLogit: number;
  /** log of the sum of exp(logit - largest logit): at least 0. */
  readonly logSum: number;
}

/**
 * The derived bound of an output element: weights err in the numerator and in the denominator, and so do their sums. A sum has two
 * roundings for each key: the product or a rescaling by a new maximum, and the addition.
 */
export function outputBound(row: RowMasses): number {
  const sums = 2 * UNIT * sumGrowth(2 * row.visibleKeys);
  return row.largestValue * (2 * row.weightError + sums + UNIT * ROUNDINGS.quotient);
}

/** The derived bound of a log-sum-exp: absolute, as a relative error of the sum is an absolute one of its logarithm. */
export function logSumExpBound(row: RowMasses): number {
  const sum = row.weightError + UNIT * sumGrowth(2 * row.visibleKeys);
  const log = ROUNDINGS.log + row.logSum * ROUNDINGS.logPerResult;
  return sum + UNIT * (log + Math.abs(row.largestLogit) * ROUNDINGS.max);
}

/**
 * The second gate. An honest kernel may lose some times more than a naive one: naive32 takes exp from the platform, right to one ulp,
 * where a GPU may be off by 3 + 2|x|; a change of base adds roundings to each logit; another order of sums has other luck. Eight covers
 * these together and is far from what a lower precision somewhere costs (bfloat16: 65,536 times).
 */
const NAIVE_FACTOR = 8;
/**
 * Where naive32 is exact by luck (one key, equal numbers, two rows): units of the largest value, or of max(1, |log-sum-exp|). Eight for
 * what WGSL allows log near 1, and eight for the three ulp of exp at 0 and the store.
 */
const NAIVE_FLOOR = 16;

/** The naive bound from the largest error of naive32 in the tensor, at an element of this size. */
export function naiveBound(worstNaiveError: number, size: number): number {
  return NAIVE_FACTOR * worstNaiveError + NAIVE_FLOOR * UNIT * size;
}

/**
 * The float32 witness of claims.ts: how near to the float64 answer counts as float64, and how far as float32. The float64 answers are
 * right to 1e-15; float32 answers are off by at least 0.12.
 */
export const WITNESS = { float64: 0.001, float32: 0.05 } as const;

/**
 * The patience of the abort case, in milliseconds: how long a run may keep the event loop (a quarter of a second is where a person
 * notices a frozen page).
 */
export const ABORT_HELD_TOO_LONG = 250;

/**
 * What the reproducible profile may be off from float64, absolutely, for bell-shaped inputs (values up to 3.5) and headDim 64: twice the
 * largest error seen. It comes from logits cut to 2^-16 and from weights of 16 bits (13 beside float16 values); no device can change it.
 */
export const REPRODUCIBLE_ERROR = { bfloat16: 4.8e-5, float16: 2.6e-4, float32: 2.6e-5 } as const;
