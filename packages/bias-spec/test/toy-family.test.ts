// A family defined outside this package, in one object: it can be planned and lowered, agrees with the oracle, and has gradients.
import { expect, it } from 'vitest';
import type { Bias, FamilyDefinition } from '../src/index.ts';
import { learned, planAttention, requireKnownKeys, toeplitzBias, unchecked } from '../src/index.ts';
import { oracle, oracleGradient } from '../src/oracle/index.ts';
import { seeded, signedNumbers } from './seeded.ts';
import { onlyTable, termsOf } from './terms.ts';
import { REORDERED, isNear } from './tolerances.ts';

function rhythmOf(options: { readonly heads: number; readonly height: readonly number[] }): Bias {
  requireKnownKeys('rhythm', options, ['heads', 'height']);
  const { heads } = options;
  const height = Float64Array.from(options.height);
  const beats = (distance: number): number => (distance >= 0 && distance % 3 === 0 ? 1 : 0);
  return toeplitzBias({
    family: 'rhythm',
    heads,
    convention: 'after-scaling',
    parameters: { height: learned(height, heads) },
    value: (head, distance) => height[head] * beats(distance),
    addGradient(gradients, weight, head, distance) {
      gradients.height[head] += weight * beats(distance);
    },
  });
}

/** A bump of learned height at every multiple of 3, in the past alone. */
const rhythm: FamilyDefinition = {
  name: 'rhythm',
  title: 'Rhythm',
  kind: 'learned',
  idea: 'Every third key counts more.',
  formula: String.raw`\mathrm{bias}_h(i, j) = a_h [3 \mid i - j]`,
  citation: 'none',
  convention: 'after-scaling',
  options: [
    {
      name: 'height',
      kind: 'numbers',
      shape: '[heads]',
      meaning: 'height of the bump',
      required: true,
      parameter: 'learned',
      initialisation: 'uniform in [0, 1)',
    },
  ],
  traps: [],
  create: unchecked(rhythmOf),
  initialise: (heads, random, settings = {}) =>
    rhythm.create({ height: Array.from({ length: heads }, random), ...settings, heads }),
  cases: [{ name: 'plain', create: (heads, random) => rhythm.initialise(heads, random) }],
};

const HEADS = 2;
const KEYS = 7;
const bias: Bias = rhythm.cases[0].create(HEADS, seeded(1));
const plan = planAttention({ heads: HEADS, queries: KEYS, keys: KEYS, headDim: 2, bias, mask: { causal: true } });
const random = seeded(2);
const [query, key, value, outputGradient] = Array.from({ length: 4 }, () => signedNumbers(random, HEADS * KEYS * 2));

it('lowers to a table that a kernel can read', () => {
  const height = Math.fround(bias.parameters['height'].data[1]);
  expect([...onlyTable(termsOf(plan)).values.subarray(2 * KEYS - 1)]).toEqual([
    0,
    0,
    0,
    0,
    0,
    0,
    height,
    0,
    0,
    height,
    0,
    0,
    height,
  ]);
});

it('agrees with attention whose bias is written out by hand', () => {
  const { output } = oracle(plan, query, key, value);
  for (let h = 0; h < HEADS; h++) {
    for (let i = 0; i < KEYS; i++) {
      const weights = Array.from({ length: i + 1 }, (_, j) => {
        const [q, k] = [(h * KEYS + i) * 2, (h * KEYS + j) * 2];
        const score = (query[q] * key[k] + query[q + 1] * key[k + 1]) / Math.sqrt(2);
        return Math.exp(score + ((i - j) % 3 === 0 ? bias.parameters['height'].data[h] : 0));
      });
      const total = weights.reduce((sum, one) => sum + one, 0);
      const want = weights.reduce((sum, weight, j) => sum + weight * value[(h * KEYS + j) * 2], 0) / total;
      expect(isNear(output[(h * KEYS + i) * 2], want, REORDERED)).toBe(true);
    }
  }
});

it('has a gradient for its parameter', () => {
  const { biasParameters } = oracleGradient(plan, query, key, value, outputGradient);
  expect(biasParameters['height']).toHaveLength(HEADS);
  expect(biasParameters['height'].every((one) => one !== 0 && Number.isFinite(one))).toBe(true);
});
