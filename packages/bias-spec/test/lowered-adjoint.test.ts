// Every case of every built-in family with learned parameters: the exact gradient of an attention loss against central differences.
import { describe, expect, it } from 'vitest';
import type { AttentionPlan, AttentionProblem, FamilyCase } from '../src/index.ts';
import { builtinFamilies, planAttention, shapesOf } from '../src/index.ts';
import { oracle, oracleGradient } from '../src/oracle/index.ts';
import { wrongDerivatives } from './central-difference.ts';
import { seeded, signedNumbers } from './seeded.ts';

type Tensors = readonly [Float64Array, Float64Array, Float64Array];

function randomTensors(plan: AttentionPlan, seed: number): { inputs: Tensors; outputGradient: Float64Array } {
  const random = seeded(seed);
  const numbers = (shape: readonly number[]): Float64Array =>
    signedNumbers(
      random,
      shape.reduce((product, extent) => product * extent, 1),
    );
  const { query, key, value, output } = shapesOf(plan);
  return { inputs: [numbers(query), numbers(key), numbers(value)], outputGradient: numbers(output) };
}

function loss(plan: AttentionPlan, inputs: Tensors, outputGradient: Float64Array): number {
  return oracle(plan, ...inputs).output.reduce((sum, one, index) => sum + one * outputGradient[index], 0);
}

/**
 * Short rows near the start, and later rows, past thresholds and with longer distances. No query is on a threshold
 * (16 in one case): the maximum of position and threshold has no derivative there.
 */
function problems({ tokens }: FamilyCase): Omit<AttentionProblem, 'heads' | 'headDim'>[] {
  if (tokens !== undefined) return [{ queries: tokens, keys: tokens }];
  return [
    { queries: 4, keys: 6, softcap: 2 },
    {
      queries: 3,
      keys: 7,
      positions: { query: [14, 15, 18], key: [0, 3, 8, 11, 14, 16, 19] },
      mask: { window: { left: 14 } },
      convention: 'before-scaling',
    },
  ];
}

const CASES = builtinFamilies.flatMap((family) => family.cases.map((one) => ({ name: `${family.name}/${one.name}`, one })));
const isLearned = (one: FamilyCase): boolean =>
  Object.values(one.create(one.heads?.[0] ?? 2, seeded(7)).parameters).some(({ learned }) => learned);

describe.each(CASES.filter(({ one }) => isLearned(one)))('$name', ({ one }) => {
  it('has the gradient of central differences', () => {
    const heads = one.heads?.[0] ?? 2;
    for (const problem of problems(one)) {
      const bias = one.create(heads, seeded(7));
      const plan = planAttention({ ...problem, heads, headDim: 2, bias });
      const { inputs, outputGradient } = randomTensors(plan, 8);
      const { biasParameters } = oracleGradient(plan, ...inputs, outputGradient);
      const learned = Object.entries(bias.parameters).filter(([, parameter]) => parameter.learned);
      expect(Object.keys(biasParameters)).toEqual(learned.map(([name]) => name));
      const largest = Math.max(...Object.values(biasParameters).flatMap((values) => [...values].map(Math.abs)));
      expect(largest).toBeGreaterThan(0);
      // A bias is a value and never changes; here, for once, its parameters do, and are put back.
      const wrong = learned.flatMap(([name, { data }]) =>
        wrongDerivatives(name, data, biasParameters[name], () => loss(plan, inputs, outputGradient), largest),
      );
      expect(wrong).toEqual([]);
    }
  });
});

it('every family of kind learned has a case with learned parameters', () => {
  const found = new Set(CASES.filter(({ one }) => isLearned(one)).map(({ name }) => name.split('/')[0]));
  const missing = builtinFamilies.filter(({ kind, name }) => kind === 'learned' && !found.has(name)).map(({ name }) => name);
  expect(missing).toEqual([]);
});
