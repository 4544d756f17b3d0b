// The gradient of attention in float64: of query, key and value, and of the bias parameters through the family's adjoint.
import type { LoweredBias, LoweredGradient, ParameterGradients } from '../bias.ts';
import type { AttentionPlan } from '../problem.ts';
import { addRowScaled, zeroRowScaled } from '../row-scaled.ts';
import { attentionRow, contentScore, keyValueOffset } from './forward.ts';

/** The gradients of attention in float64, each in the layout of what it belongs to. */
export interface OracleGradients {
  /** Each laid out like the tensor it belongs to. */
  readonly query: Float64Array;
  readonly key: Float64Array;
  readonly value: Float64Array;
  /** d loss / d each learned parameter of the bias. */
  readonly biasParameters: ParameterGradients;
}

/**
 * The gradients of loss = sum(output * outputGradient) in float64.
 *
 * With P the softmax row: dP_j = dO . v_j, dS_j = P_j (dP_j - sum_k P_k dP_k); the logit passes dS on to the content score
 * and, times biasScale, to the bias. Hidden pairs have P = 0 and so pass nothing.
 */
export function oracleGradient(
  plan: AttentionPlan,
  query: ArrayLike<number>,
  key: ArrayLike<number>,
  value: ArrayLike<number>,
  outputGradient: ArrayLike<number>,
): OracleGradients {
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim, positions } = plan;
  const lowered = plan.bias.lower(positions);
  const biasGradient = zeroLowered(lowered);
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
          const v = keyValueOffset(plan, b, h, j) * valueDim;
          let sum = 0;
          for (let c = 0; weight !== 0 && c < valueDim; c++) {
            gradients.value[v + c] += weight * outputGradient[row * valueDim + c];
            sum += outputGradient[row * valueDim + c] * value[v + c];
          }
          return sum;
        });
        const mean = weights.reduce((sum, weight, j) => sum + weight * weightGradients[j], 0);
        for (let j = 0; j < keys; j++) {
          if (weights[j] === 0) continue;
          const logitGradient = weights[j] * (weightGradients[j] - mean);
          const distance = positions.query[b * queries + i] - positions.key[b * keys + j];
          addLowered(lowered, biasGradient, logitGradient * plan.biasScale, h, b * queries + i, distance);
          const dot = logitGradient * contentSlope(plan, b, h, i, j, query, key);
          const k = keyValueOffset(plan, b, h, j) * headDim;
          for (let c = 0; c < headDim; c++) {
            gradients.query[row * headDim + c] += dot * key[k + c];
            gradients.key[k + c] += dot * query[row * headDim + c];
          }
        }
      }
    }
  }
  return { ...gradients, biasParameters: plan.bias.adjoint(positions, biasGradient) };
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
  const squashed = contentScore(plan, b, h, i, j, query, key) / softcap;
  return scale * (1 - squashed * squashed);
}

/**
 * Zeros in the layout of a form: what `addLowered` adds to.
 *
 * @example
 * zeroLowered(alibi({ heads: 2 }).lower(contiguousPositions(1, 3, 3))).form; // 'toeplitz'
 */
export function zeroLowered(lowered: LoweredBias<Float64Array>): LoweredGradient {
  switch (lowered.form) {
    case 'none':
      return { form: 'none' };
    case 'toeplitz':
      return { form: 'toeplitz', values: new Float64Array(lowered.values.length) };
    case 'row-scaled':
      return zeroRowScaled(lowered);
    default:
      return lowered satisfies never;
  }
}

/**
 * Adds weight * d bias / d form to the form's gradient, for one head, one query and one distance.
 *
 * @param row - the query, counted over all batch rows: b * queries + i.
 * @example
 * const lowered = alibi({ heads: 2 }).lower(contiguousPositions(1, 3, 3));
 * const gradient = zeroLowered(lowered);
 * addLowered(lowered, gradient, 0.5, 1, 0, -2); // the first query of head 1 against the last key
 * alibi({ heads: 2 }).adjoint(contiguousPositions(1, 3, 3), gradient); // {}: its slopes are not learned
 */
export function addLowered(
  lowered: LoweredBias<Float64Array>,
  gradient: LoweredGradient,
  weight: number,
  head: number,
  row: number,
  distance: number,
): void {
  if (lowered.form === 'none') return;
  const entry = distance - lowered.minDistance;
  if (lowered.form === 'toeplitz' && gradient.form === 'toeplitz') {
    gradient.values[head * (lowered.maxDistance - lowered.minDistance + 1) + entry] += weight;
  } else if (lowered.form === 'row-scaled' && gradient.form === 'row-scaled') {
    addRowScaled(lowered, gradient, weight, head, row, entry);
  }
}
