// Cases of the kind `bias`: every entry of a bias tensor, in float64 from `value` and in float32 from the terms that kernels read.
import type { AttentionPlan, Bias } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { loweredValue } from '../lowered-value.ts';
import type { Answer, Kind } from './answer.ts';
import type { Ingredients } from './bias-of.ts';
import { biasOf, formatName } from './bias-of.ts';
import type { VectorCase } from './format.ts';
import type { Placement } from './placement.ts';
import { contiguous, placementOf } from './placement.ts';

export const biasCase: Kind = {
  // The differences between FIRE's implementations, and from their own float32.
  remarks: ['maxAbsDifferenceBetweenImplementationsOnCausalPart', 'upstreamFloat32MaxAbsDiff', 'upstreamFloat32MaxRelDiff'],
  ask(vector) {
    const given = ingredientsOf(vector);
    if (vector.family === 'fire') return askFire(given);
    const bias = biasOf(vector.family, given);
    if (vector.params.has('maxLength')) return [byDistance(bias, given.heads, vector.params.number('maxLength'))];
    const placement = vector.family === 'swin' ? window(vector) : placementOf(vector);
    const asked = (field: string): boolean => Object.hasOwn(vector.expected, field);
    const answers = [entries('bias', bias, given.heads, placement), ...clampedParameters(vector, bias)];
    if (asked('byDistance')) answers.push(byDistance(bias, given.heads, placement.keys));
    if (asked('grid')) answers.push(causalGrid(vector, bias, placement));
    return answers;
  },
};

export function ingredientsOf({ params, input, repository }: VectorCase): Ingredients {
  return { heads: params.number('heads', 1), params, input, repository };
}

/** An answer in both precisions. */
interface EntriesAnswer extends Answer {
  readonly float64: Float64Array;
  readonly float32: Float32Array;
}

/** Every (batch, head, query, key) entry of a bias at a placement; the batch axis is left out where there is one row. */
export function entries(field: string, bias: Bias, heads: number, placement: Placement): EntriesAnswer {
  const plan = planAttention({ heads, headDim: 1, bias, ...placement });
  const { batch, queries, keys } = plan;
  const float64 = new Float64Array(batch * heads * queries * keys);
  const float32 = new Float32Array(float64.length);
  for (let index = 0; index < float64.length; index++) {
    const j = index % keys;
    const i = Math.floor(index / keys) % queries;
    const h = Math.floor(index / (keys * queries)) % heads;
    const b = Math.floor(index / (keys * queries * heads));
    const { float64: exact, float32: rounded } = entryOf(plan, b, h, i, j);
    float64[index] = exact;
    float32[index] = rounded;
  }
  const shape = [heads, queries, keys];
  return { field, shape: batch === 1 ? shape : [batch, ...shape], float64, float32 };
}

function entryOf(plan: AttentionPlan, b: number, h: number, i: number, j: number): { float64: number; float32: number } {
  const row = b * plan.queries + i;
  const position = plan.positions.query[row];
  const distance = position - plan.positions.key[b * plan.keys + j];
  return { float64: plan.bias.value(h, distance, position), float32: loweredValue(plan, h, row, distance) };
}

/** [heads, distance 0 .. count - 1]: the last row of a square, read backwards. */
function byDistance(bias: Bias, heads: number, count: number): Answer {
  const { float64, float32 } = entries('bias', bias, heads, contiguous(1, count, count - 1));
  const backwards = (index: number): number => Math.floor(index / count) * count + (count - 1 - (index % count));
  return {
    field: 'byDistance',
    shape: [heads, count],
    float64: float64.map((_, index, all) => all[backwards(index)]),
    float32: float32.map((_, index, all) => all[backwards(index)]),
  };
}

/** The book's grids: one head; null (read as NaN) where the causal mask hides the pair. */
function causalGrid(vector: VectorCase, bias: Bias, placement: Placement): Answer {
  const { queries, keys, queryStart = 0 } = placement;
  const { float64 } = entries('grid', bias, 1, placement);
  const causal = vector.params.boolean('causal');
  const hidden = (index: number): boolean => causal && index % keys > Math.floor(index / keys) + Number(queryStart);
  return {
    field: 'grid',
    shape: [queries, keys],
    float64: Array.from(float64, (one, index) => (hidden(index) ? NaN : one)),
  };
}

/** FIRE's three forms above the diagonal. `causal` writes 0 there, `causalNote` says so. */
function askFire(given: Ingredients): Answer[] {
  const length = given.params.number('length');
  const placement = contiguous(length, length, 0);
  return [
    entries('signed', biasOf('fire', given, { future: 'signed' }), given.heads, placement),
    entries('unsigned', biasOf('fire', given, { future: 'unsigned' }), given.heads, placement),
    entries('causal', biasOf('fire', given, { future: 'zero' }), given.heads, placement),
  ];
}

function window({ params }: VectorCase): Placement {
  const tokens = params.number('windowHeight') * params.number('windowWidth');
  return { batch: 1, queries: tokens, keys: tokens };
}

/** KERPLE's parameters after upstream's clamping. */
function clampedParameters({ family }: VectorCase, bias: Bias): Answer[] {
  if (family !== 'kerple-log' && family !== 'kerple-power') return [];
  return Object.entries(bias.parameters).map(([name, { data }]) => ({
    field: `clamped${formatName(family, name).toUpperCase()}`,
    shape: [bias.heads],
    float64: data,
  }));
}
