// One run of the lab. The weights are the backend's own: with the identity matrix as values, row i of the output holds the weights of query
// i. The oracle computes the same weights in float64.
import type {
  AttentionPlan,
  AttentionProblem,
  AttentionResultWithLogSumExp,
  Backend,
  RanOn,
  TensorLike,
} from '@relbias/bias-spec';
import { isVisible } from '@relbias/bias-spec/backend';
import { attentionRow, contentScore } from '@relbias/bias-spec/oracle';
import type { Inputs } from './lab-inputs.ts';

/** The problem without what the tensors say. */
export type Choice = Omit<AttentionProblem, 'batch' | 'heads' | 'keyValueHeads' | 'queries' | 'keys' | 'headDim' | 'valueDim'>;

export interface LabResult {
  readonly plan: AttentionPlan;
  readonly inputs: Inputs;
  /** From the backend, [heads, queries, keys]. */
  readonly weights: Float32Array;
  /** From the backend, with the real values: [heads, queries, valueDim]. */
  readonly output: Float32Array;
  /** [heads, queries] */
  readonly logSumExp: Float32Array;
  readonly ranOn: RanOn;
}

/** One pair of a query and a key, term by term, in float64; `weight` is the backend's. */
export interface Pair {
  readonly distance: number;
  readonly score: number;
  readonly bias: number;
  readonly logit: number;
  readonly visible: boolean;
  readonly weight: number;
  readonly oracle: number;
}

/** Beyond this the identity matrix alone would take too much memory for a page. */
const MOST_WEIGHTS = 2 ** 23;

/** @throws the errors of planning and of the backend; Error for more pairs than the lab can show. */
export async function attend(backend: Backend, inputs: Inputs, choice: Choice): Promise<LabResult> {
  const { query, key, value } = inputs;
  const [, heads, queries, headDim] = query.shape;
  const [, keyValueHeads, keys] = key.shape;
  if (heads * queries * keys > MOST_WEIGHTS)
    throw new Error(`Got ${heads} x ${queries} x ${keys} weights, wanted at most ${MOST_WEIGHTS}: use fewer tokens.`);
  const problem = { ...choice, heads, keyValueHeads, queries, keys, headDim };
  const identity = new Float32Array(keyValueHeads * keys * keys);
  for (let row = 0; row < keyValueHeads * keys; row++) identity[row * keys + (row % keys)] = 1;
  const weights = await runOnce(backend, { ...problem, valueDim: keys }, { query, key, value: identity });
  const { plan, output, logSumExp, ranOn } = await runOnce(backend, { ...problem, valueDim: value.shape[3] }, inputs);
  return { plan, inputs, weights: weights.output.data, output: output.data, logSumExp: logSumExp.data, ranOn };
}

async function runOnce(
  backend: Backend,
  problem: AttentionProblem,
  { query, key, value }: Readonly<Record<'query' | 'key' | 'value', TensorLike>>,
): Promise<AttentionResultWithLogSumExp & Pick<LabResult, 'plan'>> {
  const prepared = await backend.prepare(problem);
  try {
    return { plan: prepared.plan, ...(await prepared.run(query, key, value, { logSumExp: true })) };
  } finally {
    prepared.dispose();
  }
}

/** The weights of one head, [queries, keys]; NaN where the pair is hidden. */
export function weightsOf({ plan, weights }: LabResult, head: number): Float64Array {
  const { queries, keys } = plan;
  return Float64Array.from({ length: queries * keys }, (_, at) =>
    isSeen(plan, Math.floor(at / keys), at % keys) ? weights[head * queries * keys + at] : Number.NaN,
  );
}

/** Every term of one pair. */
export function explain({ plan, inputs, weights }: LabResult, head: number, i: number, j: number): Pair {
  const { queries, keys, biasScale, positions, bias } = plan;
  const { query, key } = inputs;
  const [q, k] = [query.data, key.data] as Float32Array[];
  const distance = positions.query[i] - positions.key[j];
  const score = contentScore(plan, 0, head, i, j, q, k);
  const term = biasScale * bias.value(head, distance, positions.query[i]);
  return {
    distance,
    score,
    bias: term,
    logit: score + term,
    visible: isSeen(plan, i, j),
    weight: weights[(head * queries + i) * keys + j],
    oracle: attentionRow(plan, 0, head, i, q, k).weights[j],
  };
}

function isSeen({ mask, positions, queries, keys }: AttentionPlan, i: number, j: number): boolean {
  return isVisible(mask, 0, i, j, positions.query[i] - positions.key[j], queries, keys);
}
