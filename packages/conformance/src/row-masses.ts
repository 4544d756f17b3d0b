// Collects, row by row, the quantities that budgets.ts derives its limits from. They come from the plan and the oracle, not from a backend.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Inputs } from '@relbias/bias-spec/backend';
import { keyValueRow } from '@relbias/bias-spec/backend';
import { attentionRow } from '@relbias/bias-spec/oracle';
import type { PairMasses, RowMasses } from './budgets.ts';
import { biasMasses, formOf } from './lowered-value.ts';

/** The masses of one query row; null for a row without a visible key. */
export function rowMasses(plan: AttentionPlan, inputs: Inputs, b: number, h: number, i: number): RowMasses | null {
  const { heads, queries, keys, headDim, valueDim, positions, scale, biasScale, softcap } = plan;
  const { logits, logSum } = attentionRow(plan, b, h, i, inputs.query, inputs.key);
  if (logSum === -Infinity) return null;
  const q = ((b * heads + h) * queries + i) * headDim;
  const pairs: PairMasses[] = [];
  let largestValue = 0;
  for (let j = 0; j < keys; j++) {
    if (logits[j] === -Infinity) continue;
    const row = keyValueRow(plan, b, h) + j;
    for (let c = 0; c < valueDim; c++) largestValue = Math.max(largestValue, Math.abs(inputs.value[row * valueDim + c]));
    let products = 0;
    let factors = 0;
    for (let c = 0; c < headDim; c++) {
      const [one, other] = [inputs.query[q + c], inputs.key[row * headDim + c]];
      products += Math.abs(one * other);
      factors += Math.abs(one) + Math.abs(other);
    }
    const distance = positions.query[b * queries + i] - positions.key[b * keys + j];
    const { mass, factor } = biasMasses(plan, h, b * queries + i, distance);
    pairs.push({
      content: scale * products,
      components: factors + products,
      bias: Math.abs(biasScale) * mass,
      biasFactor: Math.abs(biasScale) * factor,
      logit: logits[j],
    });
  }
  return {
    headDim,
    scale,
    rowScaled: formOf(plan) === 'row-scaled',
    softcap,
    logSumExp: logSum,
    largestValue,
    pairs: pairs.toSorted((one, other) => other.logit - one.logit),
  };
}
