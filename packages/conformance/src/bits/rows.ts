// Row-scaled bias with numbers that no family has: it jumps at its breaks, many pairs are exactly at a break, and neighbouring rows, heads and
// pieces differ. A kernel that reads a wrong entry is far off.
//
//     bits/rows/<name>
import type { AttentionProblem, Bias, Dtype, Random } from '@relbias/bias-spec';
import { planAttention, shapesOf } from '@relbias/bias-spec';
import type { Case } from '../case.ts';
import { bellShaped, seeded } from '../seeded.ts';
import type { BitsScenario } from './judge.ts';
import { judgeBits } from './judge.ts';
import { drawnTensor } from './tensor.ts';

/** The period of the numbers over positions and distances: no two nearby rows of a batch row share a scale. */
const SCALES = 11;
const FEATURES = 13;
const BREAKS = 9;

/** A bias of random numbers, the same for every problem of one draw. */
export function drawnRows(heads: number, random: Random): Bias {
  const drawn = (count: number, number: () => number): Float32Array => Float32Array.from({ length: count }, number);
  const scales = drawn(SCALES, () => 0.5 + random());
  const features = drawn(FEATURES, () => bellShaped(random) * 2);
  // Each break is the x of some row and distance, so `<` and `<=` differ.
  const breaks = Float64Array.from({ length: BREAKS }, (_, index) => Math.fround(features[index] * scales[index])).toSorted();
  const slopes = Float64Array.from(drawn(heads * (BREAKS + 1), () => bellShaped(random)));
  const intercepts = Float64Array.from(drawn(heads * (BREAKS + 1), () => bellShaped(random)));
  const scaleAt = (position: number): number => scales[modulo(position, SCALES)];
  const featureAt = (distance: number): number => features[modulo(distance, FEATURES)];
  return {
    family: 'rows',
    heads,
    convention: 'after-scaling',
    parameters: {},
    diagnostics: [],
    value(head, distance, queryPosition) {
      const x = Math.fround(featureAt(distance) * scaleAt(queryPosition));
      const piece = head * (BREAKS + 1) + breaks.filter((one) => one < x).length;
      return slopes[piece] * x + intercepts[piece];
    },
    lower: ({ minDistance, maxDistance, query }) => [
      {
        kind: 'row-scaled',
        heads,
        minDistance,
        maxDistance,
        features: Float64Array.from({ length: maxDistance - minDistance + 1 }, (_, index) => featureAt(minDistance + index)),
        rowScales: Float64Array.from(query, scaleAt),
        breaks,
        slopes,
        intercepts,
      },
    ],
    adjoint: () => ({}),
  };
}

function modulo(a: number, n: number): number {
  return ((a % n) + n) % n;
}

const PROBLEMS: Readonly<Record<string, readonly [Dtype, Omit<AttentionProblem, 'bias'>]>> = {
  pieces: ['float32', { heads: 3, queries: 6, keys: 70, headDim: 8 }],
  'batch-rows': [
    'bfloat16',
    { batch: 3, heads: 2, queries: 4, keys: 67, headDim: 5, queryStart: [63, 1, 30], mask: { keyLengths: [67, 9, 66] } },
  ],
  groups: [
    'float16',
    { heads: 4, keyValueHeads: 2, queries: 5, keys: 129, headDim: 4, biasScale: -0.75, mask: { causal: true } },
  ],
  scaled: ['float32', { heads: 2, queries: 3, keys: 66, headDim: 3, scale: 0.3, biasScale: 1.7, mask: { window: { left: 50 } } }],
};

/** All of them. */
export const rowsCases: readonly Case[] = Object.entries(PROBLEMS).map(([name, [dtype, problem]]) => ({
  name: `bits/rows/${name}`,
  family: 'bits',
  judge: async (backend, context) => judgeBits(backend, scenario(`bits/rows/${name}`, dtype, problem), context),
}));

function scenario(name: string, dtype: Dtype, stated: Omit<AttentionProblem, 'bias'>): BitsScenario {
  const random = seeded(name);
  const problem: AttentionProblem = { ...stated, bias: drawnRows(stated.heads, random), numerics: 'reproducible' };
  const shapes = shapesOf(planAttention(problem));
  const [query, key, value] = [shapes.query, shapes.key, shapes.value].map((shape) =>
    drawnTensor(shape, dtype, () => bellShaped(random)),
  );
  return { problem, query, key, value };
}
