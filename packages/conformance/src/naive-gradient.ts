// The backward pass of naive attention, row by row: the smallest correct one, and the base of the saboteurs of gradients.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { GradientCall, Inputs, PairReader } from '@relbias/bias-spec/backend';
import { addToGradients, isVisible, keyValueHead, pairReader } from '@relbias/bias-spec/backend';
import { softcapped } from './naive32.ts';

/** The steps that a saboteur can replace. */
export interface GradientSteps {
  keyValueHead(plan: AttentionPlan, h: number): number;
  /** The factor between the gradient of a logit and that of the bias. */
  biasFactor(plan: AttentionPlan): number;
  /** d softcap(score) / d score. */
  softcapSlope(score: number, softcap: number): number;
  /** The amount subtracted from the gradient of each weight: their mean, minus d loss / d log-sum-exp. */
  meanOf(mean: number, logSumExpGradient: number): number;
  /** The query row, counted over all batch rows, to which the gradient of a pair's bias is added. */
  biasRow(plan: AttentionPlan, b: number, i: number): number;
}

export const RIGHT_GRADIENT: GradientSteps = {
  keyValueHead,
  biasFactor: ({ biasScale }) => biasScale,
  softcapSlope: (score, softcap) => (softcap === 0 ? 1 : 1 - (softcapped(score, softcap) / softcap) ** 2),
  meanOf: (mean, logSumExpGradient) => mean - logSumExpGradient,
  biasRow: ({ queries }, b, i) => b * queries + i,
};

/** Adds the gradients of a call. The weights are recomputed from the log-sum-exp of the forward run. */
export function naiveGradient(plan: AttentionPlan, call: GradientCall, steps: GradientSteps = RIGHT_GRADIENT): void {
  const { batch, heads, queries } = plan;
  const inputs = call.widened();
  const bias = pairReader(plan);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) addRow(plan, call, inputs, bias, steps, b, h, i);
    }
  }
}

function addRow(
  plan: AttentionPlan,
  call: GradientCall,
  { query, key, value }: Inputs,
  bias: PairReader,
  steps: GradientSteps,
  b: number,
  h: number,
  i: number,
): void {
  const { heads, keyValueHeads, queries, keys, headDim, valueDim, scale, softcap, positions, mask } = plan;
  const { terms, gradients, outputGradient, logSumExp, logSumExpGradient } = call;
  const row = (b * heads + h) * queries + i;
  const first = (b * keyValueHeads + steps.keyValueHead(plan, h)) * keys;
  const position = positions.query[b * queries + i];
  const pairs: { j: number; distance: number; score: number; weight: number; weightGradient: number }[] = [];
  let mean = 0;
  for (let j = 0; j < keys; j++) {
    const distance = position - positions.key[b * keys + j];
    if (!isVisible(mask, b, i, j, distance, queries, keys)) continue;
    const added = bias(h, b * queries + i, distance);
    // -Infinity hides the pair, too.
    if (added === -Infinity) continue;
    let dot = 0;
    for (let c = 0; c < headDim; c++) dot += query[row * headDim + c] * key[(first + j) * headDim + c];
    const score = scale * dot;
    const weight = Math.exp(softcapped(score, softcap) + added - logSumExp[row]);
    let weightGradient = 0;
    for (let c = 0; c < valueDim; c++) {
      const v = (first + j) * valueDim + c;
      weightGradient += outputGradient[row * valueDim + c] * value[v];
      gradients.value[v] += weight * outputGradient[row * valueDim + c];
    }
    mean += weight * weightGradient;
    pairs.push({ j, distance, score, weight, weightGradient });
  }
  const taken = steps.meanOf(mean, logSumExpGradient?.[row] ?? 0);
  for (const { j, distance, score, weight, weightGradient } of pairs) {
    const logitGradient = weight * (weightGradient - taken);
    const biasGradient = logitGradient * steps.biasFactor(plan);
    addToGradients(terms, gradients.terms, biasGradient, h, steps.biasRow(plan, b, i), distance);
    const dotGradient = logitGradient * scale * steps.softcapSlope(score, softcap);
    for (let c = 0; c < headDim; c++) {
      gradients.query[row * headDim + c] += dotGradient * key[(first + j) * headDim + c];
      gradients.key[(first + j) * headDim + c] += dotGradient * query[row * headDim + c];
    }
  }
}
