// Gathers, row by row, the quantities that budgets.ts derives its bounds from. Read from the plan and the oracle, never from a backend.
import type { AttentionPlan, Inputs } from '@relbias/bias-spec';
import { isVisible } from '@relbias/bias-spec';
import { attentionRow, keyValueOffset } from '@relbias/bias-spec/oracle';
import type { RowMasses } from './budgets.ts';
import { weightError } from './budgets.ts';
import { loweredValue } from './lowered-value.ts';

/** The masses of one query row; null where it sees nothing. */
export function rowMasses(plan: AttentionPlan, inputs: Inputs, b: number, h: number, i: number): RowMasses | null {
  const { heads, queries, keys, headDim, valueDim, positions, softcap } = plan;
  const { weights, logSum } = attentionRow(plan, b, h, i, inputs.query, inputs.key);
  if (logSum === -Infinity) return null;
  const heaviest = weights.reduce((most, one) => Math.max(most, one), 0);
  const largestLogit = logSum + Math.log(heaviest);
  const q = ((b * heads + h) * queries + i) * headDim;
  let visibleKeys = 0;
  let error = 0;
  let largestValue = 0;
  for (let j = 0; j < keys; j++) {
    const distance = positions.query[b * queries + i] - positions.key[b * keys + j];
    if (!isVisible(plan.mask, b, i, j, distance, queries, keys)) continue;
    visibleKeys++;
    const row = keyValueOffset(plan, b, h, j);
    for (let c = 0; c < valueDim; c++) largestValue = Math.max(largestValue, Math.abs(inputs.value[row * valueDim + c]));
    // A weight below the range of float64 adds nothing, however wrong.
    if (weights[j] === 0) continue;
    let content = 0;
    for (let c = 0; c < headDim; c++) content += Math.abs(inputs.query[q + c] * inputs.key[row * headDim + c]);
    const argument = Math.log(weights[j] / heaviest);
    error +=
      weights[j] *
      weightError({
        headDim,
        content: plan.scale * content,
        bias: Math.abs(plan.biasScale) * loweredValue(plan, h, b * queries + i, distance).mass,
        rowScaled: plan.lowered.form === 'row-scaled',
        softcap,
        logit: largestLogit + argument,
        argument,
      });
  }
  return { visibleKeys, weightError: error, largestValue, largestLogit, logSum: logSum - largestLogit };
}
