// The gradients of attention in float64: of query, key and value, and of the bias parameters through the family's adjoint.
import type { ParameterGradients } from '../bias.ts';
import type { OwnFloat64Array } from '../own-arrays.ts';
import type { AttentionPlan } from '../problem.ts';
import { keyValueRow } from '../problem.ts';
import { addToGradients, zeroTermGradients } from '../terms/gradient.ts';
import { attentionRow, contentScore } from './forward.ts';

/** The gradients of attention in float64. */
export interface OracleGradients {
  /** In the shapes of query, key and value. */
  readonly query: OwnFloat64Array;
  readonly key: OwnFloat64Array;
  readonly value: OwnFloat64Array;
  /** The gradients of the learned parameters of the bias, by name. */
  readonly biasParameters: ParameterGradients;
}

/**
 * The gradients of loss = sum(output * outputGradient) + sum(logSumExp * logSumExpGradient) in float64. The second sum is optional.
 *
 * With P the softmax row: dP_j = dO . v_j, dS_j = P_j (dP_j - sum_k P_k dP_k + dLogSumExp). dS is the gradient of the content score and, times
 * biasScale, of the bias. Hidden pairs have P = 0 and no gradient.
 */
export function oracleGradient(
  plan: AttentionPlan,
  query: ArrayLike<number>,
  key: ArrayLike<number>,
  value: ArrayLike<number>,
  outputGradient: ArrayLike<number>,
  logSumExpGradient?: ArrayLike<number>,
): OracleGradients {
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim, positions } = plan;
  const terms = plan.bias.lower(positions);
  const termGradients = zeroTermGradients(terms);
  const gradients = {
    query: new Float64Array(batch * heads * queries * headDim),
    key: new Float64Array(batch * keyValueHeads * keys * headDim),
    value: new Float64Array(batch * keyValueHeads * keys * valueDim),
  };
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) {
        const { weights } = attentionRow(plan, b, h, i, query, key);
        const row = (b * heads + h) * queries + i;
        const weightGradients = weights.map((weight, j) => {
          const v = (keyValueRow(plan, b, h) + j) * valueDim;
          let sum = 0;
          for (let c = 0; weight !== 0 && c < valueDim; c++) {
            gradients.value[v + c] += weight * outputGradient[row * valueDim + c];
            sum += outputGradient[row * valueDim + c] * value[v + c];
          }
          return sum;
        });
        const mean = weights.reduce((sum, weight, j) => sum + weight * weightGradients[j], -(logSumExpGradient?.[row] ?? 0));
        for (let j = 0; j < keys; j++) {
          if (weights[j] === 0) continue;
          const logitGradient = weights[j] * (weightGradients[j] - mean);
          const distance = positions.query[b * queries + i] - positions.key[b * keys + j];
          addToGradients(terms, termGradients, logitGradient * plan.biasScale, h, b * queries + i, distance);
          const dot = logitGradient * contentSlope(plan, b, h, i, j, query, key);
          const k = (keyValueRow(plan, b, h) + j) * headDim;
          for (let c = 0; c < headDim; c++) {
            gradients.query[row * headDim + c] += dot * key[k + c];
            gradients.key[k + c] += dot * query[row * headDim + c];
          }
        }
      }
    }
  }
  return { ...gradients, biasParameters: plan.bias.adjoint(positions, termGradients) };
}

/** d content score / d (q . k): the scale, times the slope of the softcap. */
function contentSlope(
  plan: AttentionPlan,
  b: number,
  h: number,
  i: number,
  j: number,
  query: ArrayLike<number>,
  key: ArrayLike<number>,
): number {
  const { scale, softcap } = plan;
  if (softcap === 0) return scale;
  const capped = contentScore(plan, b, h, i, j, query, key) / softcap;
  return scale * (1 - capped * capped);
}
