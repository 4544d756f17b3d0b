// The table of tolerances: every number that decides between pass and fail is here, with its reason.
//
// There are two limits for every element of a result.
//
// 1. The BOUND holds for every input. A kernel whose operations are as accurate as the table ROUNDINGS says cannot exceed it, for any numbers and
//    any order of additions. `numerics: 'fast'` promises it.
// 2. The STATISTICAL LIMIT is sharper, and holds for random inputs only. It is the smaller of the same derivation for unrelated roundings
//    and a multiple of the share of it that a naive float32 implementation uses on the same case. The suite applies it to its own random data,
//    because a loss of precision could stay below the bound. Equal or otherwise related numbers may exceed it: their roundings are
//    related too, and add up instead of cancelling.
//
// Derivation of the bound. A row computes
//
//        l_j = cap(scale * sum_c q_c k_jc) + biasScale * bias_j      logits; cap(s) = c tanh(s / c) with a softcap, else s
//        w_j = exp(l_j - max l),   S = sum_j w_j,   o = sum_j w_j v_j / S,   lse = max l + log S
//
// Each float32 operation returns its exact result times a factor between 1 - u and 1 + u, u = 2^-24. A number that goes through k of
// them is thus multiplied by a factor between e^(-kU) and e^(kU), U = -log(1 - u), and the error of a term x of a sum is at most |x| (e^(kU) - 1).
//
// - Content. The term q_c k_jc goes through one product and at most headDim - 1 additions, in any order of the terms, and through the operations
//   that `scaling` counts. The error is relative to the mass scale * sum_c |q_c k_jc|, not to the score: terms of opposite
//   sign cancel, but their errors need not.
// - Softcap. The slope of tanh is at most 1, so an error of s is not magnified. Rounding s / c counts as further roundings of s; the curve
//   and its product with c have an error relative to c. A capped score is within +-c, so its error is at most 2 c.
// - Bias. The error is relative to the sum of the sizes of its terms, as slope * x and intercept of a piecewise-linear bias may cancel.
//   If rounding may move x across a break, the piece with the larger terms counts. Both lines meet at the break, so the only other error is
//   that of x.
// - Logit. The sum of content and bias is rounded once, relative to |l_j|.
// - Weight. An error d of the exponent multiplies the weight by e^d. The difference l_j - max l is rounded relative to its size; the error of
//   exp is a constant plus a multiple of the size of its argument. All weights refer to the maximum as computed, and lse adds that same number,
//   so an error of the maximum cancels.
// - Running maximum. A kernel that reads keys one after another multiplies its sums by exp(old - new) when the maximum rises: one exp and
//   one product. The arguments of these and of the weight itself add up to l_j - max l, which is counted already. After key j is summed, the
//   maximum can only rise to keys with larger logits, once for each: the k-th heaviest key is rescaled at most k - 1 times. (Where the
//   maximum stays, the factor is exp(0), which is exactly 1.)
// - Sums over the keys. One product (w_j v_j) and at most visibleKeys - 1 additions, in any order.
// - Weights below 2^-100 of the largest may count as 0, and so may keys that together weigh at most 2^-25 of the rest (docs/skipping.md).
//
// Together: the weight of key j, after its way through a sum, is off by a factor of at most e^(d_j). Let p_j be the normalised weights and
// F = sum_j p_j (e^(d_j) - 1). Relative to S, the numerator of o errs by at most F max|v| and the denominator by at most F. So
//
//        |error of o|    <=  max|v| * 2 F / (1 - F)  +  the final division;      and never by more than a weighted mean of the values can
//        |error of lse|  <=  log(1 + F)  +  the error of log  +  the final sum
//
// Products of two errors are left out where one of them is counted with a unit to spare (the argument of exp), and where errors of logits swap
// the order of two keys, whose weights are then equal up to that error.
//
// - Range. Numbers below 2^-126 may be flushed to 0, as operands and as results; each flush is an absolute error. Nothing overflows: inputs
//   that could overflow are refused.
//
// Exact requirements have no tolerance: rows without a visible key are 0 and -Infinity, no other result is NaN or infinite, two runs give the
// same bits, and shapes and dtypes are those of the contract.

/** U: minus the logarithm of 1 - 2^-24, the smallest factor of one rounding to float32. */
const UNIT = -Math.log1p(-(2 ** -24));

/** In units of UNIT, relative to the quantity in the name. */
const ROUNDINGS = {
  /** Per content mass: the scale's rounding to float32, its product, and the same again for log2(e) in kernels that use exp2. */
  scaling: 4,
  /** Per content mass under a softcap: the rounding of c (or 1 / c), and a division (2.5 ulp on a GPU, an ulp being at most 2 units). */
  softcapQuotient: 6,
  /** Per softcap: tanh as a quotient of exponentials, whose own error (below) is largest, 8, where tanh still bends; doubled. */
  softcapCurve: 16,
  /** Per softcap: the rounding of c, its product, and log2(e)'s two. */
  softcapProduct: 4,
  /** Per bias mass: the table's rounding, biasScale's, their product, and log2(e)'s two. */
  toeplitzBias: 5,
  /**
   * Per bias mass: feature, row scale and their product, a break's rounding; slope and its product; the sum with the intercept; and the
   * last four of toeplitzBias. One to spare: slope and intercept may be rounded once more, after biasScale.
   */
  rowScaledBias: 12,
  /** Per |logit|: the sum of content and bias, and one change of base. */
  logit: 2,
  /** exp of x: WebGPU and Vulkan allow 3 + 2|x| ulp. Rounding x itself, which is a difference, costs |x| once, and there is one to spare. */
  exp: 6,
  expPerArgument: 6,
  /** A rise of the maximum: exp at its best, and the product of the sum with it. */
  rescaling: 7,
  /** Keys left out: 2^-25 of the rest, doubled for errors of the logits by which that was decided. */
  skipped: 1,
  /** The final division (2.5 ulp on a GPU, or a reciprocal and a product) and the store. */
  quotient: 6,
  /** log of S: WGSL allows 2^-21 between 0.5 and 2, and 3 ulp of the result elsewhere; then a change of base and the sum with the maximum. */
  log: 8,
  logPerResult: 9,
  /** Per |max|: the change of base back to e, and the sum max + log. */
  max: 4,
} as const;

/** The absolute error of an operation whose operand or result is below the normal range of float32. */
const FLUSHED = 2 ** -126;
/** The error of a weight, as a share of the largest. */
const DROPPED = 2 ** -100;

/** The error of a number of successive roundings, in units of UNIT. */
type Growth = (roundings: number) => number;

/** For any input: all roundings go in the same direction. */
const everyInput: Growth = (roundings) => roundings;

/**
 * Roundings of unrelated numbers behave like a random walk: 6 sqrt(n) fails with a probability of at most 2 n exp(-18) (Higham and Mary
 * 2019, A New Approach to Probabilistic Rounding Error Analysis, theorem 3.1), whatever the order of the sum.
 */
const unrelatedNumbers: Growth = (roundings) => Math.min(roundings, 6 * Math.sqrt(roundings));

/** The contribution of one visible pair to the error of its row. */
export interface PairMasses {
  /** scale * sum_c |q_c k_c| */
  readonly content: number;
  /** sum_c (|q_c| + |k_c| + |q_c k_c|): what a flush of a component, of a product with the scale or of the scale itself is multiplied by. */
  readonly components: number;
  /** |biasScale| * sum of the sizes of the bias's terms */
  readonly bias: number;
  /** |biasScale| * the largest factor that a flush of one of the bias's numbers is multiplied by. */
  readonly biasFactor: number;
  readonly logit: number;
}

/** The oracle's intermediate values of a row with at least one visible key. */
export interface RowMasses {
  readonly headDim: number;
  readonly scale: number;
  readonly rowScaled: boolean;
  /** 0 where there is none. */
  readonly softcap: number;
  readonly logSumExp: number;
  /** The largest |v| of the row's visible keys. */
  readonly largestValue: number;
  /** The visible pairs, from the largest logit to the smallest. */
  readonly pairs: readonly PairMasses[];
}

/** The allowed error of a row: of any element of its output, and of its log-sum-exp. */
export interface RowLimits {
  readonly output: number;
  readonly logSumExp: number;
}

/** The allowed error of a logit. */
function logitError(row: RowMasses, pair: PairMasses, growth: Growth): number {
  const { headDim, scale, rowScaled, softcap } = row;
  const flushed = FLUSHED * ((1 + scale) * (1 + softcap) * (pair.components + 2 * headDim + 4) + pair.biasFactor + 1);
  const quotient = softcap === 0 ? 0 : ROUNDINGS.softcapQuotient;
  let content = pair.content * Math.expm1(UNIT * (growth(headDim) + ROUNDINGS.scaling + quotient));
  if (softcap !== 0) {
    content = Math.min(content, 2 * softcap) + softcap * UNIT * (ROUNDINGS.softcapCurve + ROUNDINGS.softcapProduct);
  }
  const bias = pair.bias * Math.expm1(UNIT * (rowScaled ? ROUNDINGS.rowScaledBias : ROUNDINGS.toeplitzBias));
  const parts = content + bias + flushed;
  return parts + (Math.abs(pair.logit) + parts) * Math.expm1(UNIT * ROUNDINGS.logit);
}

/** log(1 + F) of the derivation above. In logarithms, as the error of a huge logit has no exponential. */
function sumError(row: RowMasses, growth: Growth): number {
  const { pairs, logSumExp } = row;
  const [{ logit: largest }] = pairs;
  // log(p_j e^(d_j)) of each key; of equal keys the later one counts as the lighter, which is as good as the other way round.
  const terms = pairs.map((pair, heavier) => {
    const argument = Math.abs(pair.logit - largest);
    const weight = logitError(row, pair, growth) + UNIT * (ROUNDINGS.exp + ROUNDINGS.expPerArgument * argument);
    const sums = UNIT * growth(pairs.length + ROUNDINGS.rescaling * heavier);
    return pair.logit - logSumExp + weight + sums;
  });
  const most = terms.reduce((one, other) => Math.max(one, other), 0);
  const total = terms.reduce((sum, one) => sum + Math.exp(one - most), 0);
  return Math.max(0, most + Math.log(total)) + UNIT * ROUNDINGS.skipped + pairs.length * DROPPED;
}

/** The error of a mean whose weights may be anything: it lies among its values, but for the roundings of its two sums. */
function meanError(keys: number): number {
  const sums = Math.expm1(UNIT * (1 + ROUNDINGS.rescaling) * keys);
  return sums < 1 ? 1 + (1 + sums) / (1 - sums) : Infinity;
}

function limitsOf(row: RowMasses, growth: Growth): RowLimits {
  const { pairs, largestValue, logSumExp } = row;
  const keys = pairs.length;
  const error = sumError(row, growth);
  const share = Math.expm1(error);
  const mean = Math.min(share < 1 ? (2 * share) / (1 - share) : Infinity, meanError(keys));
  const [{ logit: largest }] = pairs;
  const log = ROUNDINGS.log + (logSumExp - largest) * ROUNDINGS.logPerResult + Math.abs(largest) * ROUNDINGS.max;
  return {
    output: largestValue * (mean + UNIT * ROUNDINGS.quotient) + FLUSHED * (3 * keys + 2),
    logSumExp: error + UNIT * log,
  };
}

/** The bound, for every input. */
export function boundsOf(row: RowMasses): RowLimits {
  return limitsOf(row, everyInput);
}

/** The bound's derivation for inputs whose roundings are unrelated. */
export function unrelatedLimitsOf(row: RowMasses): RowLimits {
  return limitsOf(row, unrelatedNumbers);
}

/**
 * The error of a correct kernel as a multiple of the naive one's. naive32 uses the platform's exp, which is right to one ulp, where a GPU may
 * be off by 3 + 2|x| ulp; a change of base adds roundings to each logit; another order of sums has other errors. Eight covers these together, and
 * is far below the cost of a lower precision (bfloat16: 65,536 times).
 */
const NAIVE_FACTOR = 8;
/**
 * Where naive32 is exact by luck (few elements, equal numbers): the share of its limits that it uses in its worst row at the control shape, and
 * units of the largest value, or of max(1, |log-sum-exp|): eight for what WGSL allows log near 1, and eight for the three ulp of exp at 0
 * and the store.
 */
const NAIVE_LEAST_SHARE = 1 / 64;
const NAIVE_FLOOR = 16;

/**
 * The statistical limit of a row: its unrelated limits or, where that is less, as many times the share of them that naive32 uses in its worst
 * row. A share, as rows differ in how much they magnify roundings: an error that naive32 makes in one is not one that others may make.
 */
export function statisticalLimitsOf(row: RowMasses, unrelated: RowLimits, naiveShare: RowLimits): RowLimits {
  const naive = (limit: number, share: number, size: number): number =>
    Math.min(limit, NAIVE_FACTOR * Math.max(share, NAIVE_LEAST_SHARE) * limit + NAIVE_FLOOR * UNIT * size);
  return {
    output: naive(unrelated.output, naiveShare.output, row.largestValue),
    logSumExp: naive(unrelated.logSumExp, naiveShare.logSumExp, Math.max(1, Math.abs(row.logSumExp))),
  };
}

/**
 * The float32 witness of claims.ts: how near to the float64 answer counts as float64, and how far as float32. The float64 answers are
 * right to 1e-15; float32 answers are off by at least 0.12.
 */
export const WITNESS = { float64: 0.001, float32: 0.05 } as const;

/**
 * The limit of the abort case, in milliseconds: how long a run may block the event loop (people notice a page that freezes for a quarter of a
 * second).
 */
export const ABORT_HELD_TOO_LONG = 250;

/**
 * What the reproducible profile may be off from float64, absolutely, for bell-shaped inputs (values up to 3.5) and headDim 64: twice the
 * largest error seen. It comes from logits cut to 2^-16 and from weights of 16 bits (13 with float16 values); no device can change it.
 */
export const REPRODUCIBLE_ERROR = { bfloat16: 4.8e-5, float16: 2.6e-4, float32: 2.6e-5 } as const;
