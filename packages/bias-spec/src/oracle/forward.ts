// Attention with relative position bias in float64, in four readable passes over each query row. The reference: clear, not fast.
import { isVisible } from '../mask.ts';
import type { OwnFloat64Array } from '../own-arrays.ts';
import type { AttentionPlan } from '../problem.ts';
import { keyValueRow } from '../problem.ts';

/** Attention in float64. */
export interface OracleResult {
  /** [batch, heads, queries, valueDim] */
  readonly output: OwnFloat64Array;
  /** [batch, heads, queries], natural logarithm; -Infinity for rows that see no key. */
  readonly logSumExp: OwnFloat64Array;
}

/**
 * Computes a plan in float64 from float64 (or exactly widened) inputs. Reads the bias through `bias.value` and not through its terms, so it
 * detects a wrong lowering.
 *
 * @example
 * const { output } = oracle(planAttention({ heads: 1, queries: 1, keys: 2, headDim: 1 }), [0], [1, 2], [3, 5]);
 * output[0]; // 4
 */
export function oracle(
  plan: AttentionPlan,
  query: ArrayLike<number>,
  key: ArrayLike<number>,
  value: ArrayLike<number>,
): OracleResult {
  const { batch, heads, queries, valueDim } = plan;
  const output = new Float64Array(batch * heads * queries * valueDim);
  const logSumExp = new Float64Array(batch * heads * queries);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) {
        const row = (b * heads + h) * queries + i;
        const { weights, logSum } = attentionRow(plan, b, h, i, query, key);
        logSumExp[row] = logSum;
        // Pass 4: the weighted sum of the values.
        for (let j = 0; j < weights.length; j++) {
          if (weights[j] === 0) continue;
          const v = (keyValueRow(plan, b, h) + j) * valueDim;
          for (let c = 0; c < valueDim; c++) output[row * valueDim + c] += weights[j] * value[v + c];
        }
      }
    }
  }
  return { output, logSumExp };
}

/** Passes 1 to 3 for one row: the logits (-Infinity where hidden), their maximum, and the normalised weights (0 where hidden). */
export function attentionRow(
  plan: AttentionPlan,
  b: number,
  h: number,
  i: number,
  query: ArrayLike<number>,
  key: ArrayLike<number>,
): { logits: Float64Array; weights: Float64Array; logSum: number } {
  const { keys } = plan;
  // Pass 1: the logits, hidden keys at -Infinity.
  const logits = new Float64Array(keys);
  for (let j = 0; j < keys; j++) logits[j] = logit(plan, b, h, i, j, query, key);
  return { logits, ...softmax(logits) };
}

/**
 * The weights of one row of logits, and the log of the sum of their exponentials. Where every logit is -Infinity, the weights are 0.
 *
 * @example
 * softmax(Float64Array.of(0, 0)).weights; // Float64Array [0.5, 0.5]
 */
export function softmax(logits: Float64Array): { weights: Float64Array; logSum: number } {
  // Pass 2: the maximum, which keeps exponentials from overflowing.
  const max = logits.reduce((most, one) => Math.max(most, one), -Infinity);
  if (max === -Infinity) return { weights: new Float64Array(logits.length), logSum: -Infinity };
  // Pass 3: the exponentials and their sum.
  const weights = logits.map((one) => Math.exp(one - max));
  const sum = weights.reduce((total, one) => total + one, 0);
  return { weights: weights.map((one) => one / sum), logSum: max + Math.log(sum) };
}

/** The final logit of one pair, -Infinity where it is hidden. */
function logit(
  plan: AttentionPlan,
  b: number,
  h: number,
  i: number,
  j: number,
  query: ArrayLike<number>,
  key: ArrayLike<number>,
): number {
  const { queries, keys, positions, mask, bias, biasScale } = plan;
  const position = positions.query[b * queries + i];
  const distance = position - positions.key[b * keys + j];
  if (!isVisible(mask, b, i, j, distance, queries, keys)) return -Infinity;
  const raw = bias.value(h, distance, position);
  // A bias of -Infinity hides the pair whatever the factor: 0 * -Infinity would be NaN.
  if (raw === -Infinity) return -Infinity;
  return contentScore(plan, b, h, i, j, query, key) + biasScale * raw;
}

/**
 * softcap(scale * q.k), the part of the logit that depends on content: query i and key j of batch row b and head h.
 *
 * @example
 * contentScore(planAttention({ heads: 1, queries: 1, keys: 2, headDim: 1 }), 0, 0, 0, 1, [3], [1, 2]); // 6
 */
export function contentScore(
  plan: AttentionPlan,
  b: number,
  h: number,
  i: number,
  j: number,
  query: ArrayLike<number>,
  key: ArrayLike<number>,
): number {
  const { heads, queries, headDim, scale, softcap } = plan;
  const q = ((b * heads + h) * queries + i) * headDim;
  const k = (keyValueRow(plan, b, h) + j) * headDim;
  let dot = 0;
  for (let c = 0; c < headDim; c++) dot += query[q + c] * key[k + c];
  const score = scale * dot;
  return softcap === 0 ? score : softcap * Math.tanh(score / softcap);
}
