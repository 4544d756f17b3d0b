// Cases of the kind `attention`: their problem, and the float64 oracle's results, gradients included.
import type { AttentionPlan, AttentionProblem, Convention } from '@relbias/bias-spec';
import { CONVENTIONS, planAttention, shapesOf } from '@relbias/bias-spec';
import { elementCount } from '@relbias/bias-spec/backend';
import { oracle, oracleGradient } from '@relbias/bias-spec/oracle';
import type { Answer, Kind } from './answer.ts';
import { biasOf, formatName } from './bias-of.ts';
import type { Bag, VectorCase } from './format.ts';
import { placementOf } from './placement.ts';

export const attentionCase: Kind = {
  ask(vector) {
    const { family, input } = vector;
    const plan = planAttention(attentionProblemOf(vector));
    const tensors = attentionTensorsOf(vector, plan);
    const forward = oracle(plan, ...tensors);
    const { heads, queries, keys, headDim, valueDim } = plan;
    const answers: Answer[] = [
      { field: 'output', shape: [heads, queries, valueDim], float64: forward.output },
      { field: 'logSumExp', shape: [heads, queries], float64: forward.logSumExp },
    ];
    if (!input.has('outputGradient')) return answers;
    const backward = oracleGradient(plan, ...tensors, numbersOf(input, 'outputGradient', shapesOf(plan).output));
    answers.push(
      { field: 'dq', group: 'gradients', shape: [heads, queries, headDim], float64: backward.query },
      { field: 'dk', group: 'gradients', shape: [heads, keys, headDim], float64: backward.key },
      { field: 'dv', group: 'gradients', shape: [heads, keys, valueDim], float64: backward.value },
    );
    for (const [name, gradient] of Object.entries(backward.biasParameters)) {
      const { shape } = plan.bias.parameters[name];
      const field = `biasParameterGradients.${formatName(family, name)}`;
      answers.push({ field, group: 'gradients', shape, float64: gradient });
    }
    return answers;
  },
};

/** The problem of an attention case. A Swin window has its own positions; padding becomes a segment without queries. */
export function attentionProblemOf(vector: VectorCase): AttentionProblem {
  const { family, params, input, repository } = vector;
  const heads = params.number('heads');
  const headDim = params.number('headDim');
  const given = input.bag('biasParameters');
  const { queryStart, ...placement } = placementOf(vector);
  const segments = input.has('keyPadding')
    ? { query: new Float64Array(placement.queries).fill(1), key: input.numbers('keyPadding') }
    : undefined;
  return {
    heads,
    headDim,
    ...placement,
    queryStart: family === 'swin' ? undefined : queryStart,
    valueDim: params.number('valueDim', headDim),
    bias: biasOf(family, { heads, params: given, input: given, repository }),
    convention: conventionOf(params),
    mask: { causal: params.boolean('causal'), segments },
  };
}

/** Query, key and value of an attention case. @throws FormatError for a tensor whose length is not that of its shape. */
export function attentionTensorsOf({ input }: VectorCase, plan: AttentionPlan): [Float64Array, Float64Array, Float64Array] {
  const { query, key, value } = shapesOf(plan);
  return [numbersOf(input, 'q', query), numbersOf(input, 'k', key), numbersOf(input, 'v', value)];
}

function numbersOf(input: Bag, name: string, shape: readonly number[]): Float64Array {
  const numbers = input.numbers(name);
  const size = elementCount(shape);
  return numbers.length === size ? numbers : input.refuse(name, `${size} numbers, for the shape [${shape.join(', ')}]`);
}

function conventionOf(params: Bag): Convention {
  const mode = params.text('mode');
  return CONVENTIONS.find((one) => one === mode) ?? params.refuse('mode', CONVENTIONS.join(' or '));
}
