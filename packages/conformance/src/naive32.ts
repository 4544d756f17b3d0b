// Naive float32 attention: every operation rounded, sums in index order. The statistical limit is measured with it, and saboteurs replace
// single steps of it.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Inputs } from '@relbias/bias-spec/backend';
import { isVisible, keyValueHead } from '@relbias/bias-spec/backend';
import { loweredValue } from './lowered-value.ts';

/** The steps that a saboteur can replace. */
export interface Steps {
  /** Applied after every operation. */
  round(value: number): number;
  keyValueHead(plan: AttentionPlan, h: number): number;
  biasHead(plan: AttentionPlan, h: number): number;
  /** From scale * q.k and biasScale * bias to the logit. */
  logit(content: number, bias: number, plan: AttentionPlan): number;
  /** The logit of a hidden pair. */
  readonly hidden: number;
  /** The number subtracted from each logit before exp. */
  shift(max: number): number;
  /** From exp(logit - shift) to the weight. */
  weight(exp: number): number;
  /** The keys, in the order of the sums. */
  keyOrder(keys: number): Iterable<number>;
  /** The output of a row without a visible key. */
  readonly emptyRow: number;
  /** The log of the sum of the weights. */
  log(sum: number): number;
}

/** softcap(content) + bias, as the spec orders them. */
export const RIGHT: Steps = {
  round: Math.fround,
  keyValueHead,
  biasHead: (_plan, h) => h,
  logit: (content, bias, { softcap }) => softcapped(content, softcap) + bias,
  hidden: -Infinity,
  shift: (max) => max,
  weight: (exp) => exp,
  keyOrder: (keys) => Array.from({ length: keys }, (_, j) => j),
  emptyRow: 0,
  log: Math.log,
};

/** c * tanh(score / c); the score itself where c is 0. */
export function softcapped(score: number, softcap: number): number {
  return softcap === 0 ? score : softcap * Math.tanh(score / softcap);
}

export interface NaiveResult {
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
}

/** Computes a plan. Yields after every query row, where the caller may pause. */
export function* naiveRows(plan: AttentionPlan, inputs: Inputs, result: NaiveResult, steps: Steps = RIGHT): Generator<void> {
  const { batch, heads, queries } = plan;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queries; i++) {
        naiveRow(plan, inputs, result, steps, b, h, i);
        yield;
      }
    }
  }
}

/** Computes a plan without pauses. */
export function naive32(plan: AttentionPlan, inputs: Inputs): NaiveResult {
  const result = emptyResult(plan);
  const rows = naiveRows(plan, inputs, result);
  while (!rows.next().done);
  return result;
}

function emptyResult({ batch, heads, queries, valueDim }: AttentionPlan): NaiveResult {
  const rows = batch * heads * queries;
  return { output: new Float32Array(rows * valueDim), logSumExp: new Float32Array(rows) };
}

function naiveRow(
  plan: AttentionPlan,
  { query, key, value }: Inputs,
  { output, logSumExp }: NaiveResult,
  steps: Steps,
  b: number,
  h: number,
  i: number,
): void {
  const { heads, keyValueHeads, queries, keys, headDim, valueDim, mask, positions } = plan;
  const { round } = steps;
  const row = (b * heads + h) * queries + i;
  const keyValueRow = (b * keyValueHeads + steps.keyValueHead(plan, h)) * keys;
  const order = [...steps.keyOrder(keys)];

  // Pass 1: logits.
  const logits = new Float64Array(keys).fill(steps.hidden);
  for (const j of order) {
    const distance = positions.query[b * queries + i] - positions.key[b * keys + j];
    if (!isVisible(mask, b, i, j, distance, queries, keys)) continue;
    const raw = loweredValue(plan, steps.biasHead(plan, h), b * queries + i, distance, round);
    if (raw === -Infinity) continue;
    let dot = 0;
    for (let c = 0; c < headDim; c++) {
      dot = round(dot + round(query[row * headDim + c] * key[(keyValueRow + j) * headDim + c]));
    }
    const bias = round(round(plan.biasScale) * raw);
    logits[j] = round(steps.logit(round(round(plan.scale) * dot), bias, plan));
  }

  // Pass 2: the largest logit.
  const max = logits.reduce((most, one) => Math.max(most, one), -Infinity);
  const out = output.subarray(row * valueDim, (row + 1) * valueDim);
  if (max === -Infinity) {
    out.fill(steps.emptyRow);
    logSumExp[row] = -Infinity;
    return;
  }

  // Pass 3: weights and their sum.
  const shift = steps.shift(max);
  const weights = logits.map((one) => steps.weight(round(Math.exp(round(one - shift)))));
  let sum = 0;
  for (const j of order) sum = round(sum + weights[j]);
  logSumExp[row] = round(shift + round(steps.log(sum)));

  // Pass 4: the weighted mean of the values.
  for (let c = 0; c < valueDim; c++) {
    let total = 0;
    for (const j of order) {
      if (weights[j] !== 0) total = round(total + round(weights[j] * value[(keyValueRow + j) * valueDim + c]));
    }
    out[c] = total / sum;
  }
}
