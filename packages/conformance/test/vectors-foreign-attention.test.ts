// Attention vectors that are not in the repository, computed by vectors-references.ts: rows that see no key, gaps in the keys, positions
// out of order, valueDim other than headDim, every convention; and all gradients, by finite differences.
import { describe, expect, test } from 'vitest';
import type { BiasOf, Cube, FireWeights } from './vectors-references.ts';
import * as reference from './vectors-references.ts';
import { expectPass, list, number, positive, range, rows, written } from './vectors-writing.ts';

const tolerance = (float64: number): string =>
  `tolerance: float64 abs ${float64}*(1+max|expected|); float32 abs 2e-5*(1+max|expected|) for output and logSumExp, 1e-4*(1+max|expected|) for gradients`;

/** Learned numbers by the name that the format gives them, each with its shape. */
type Learned = Record<string, { data: number[]; shape: number[] }>;

interface Family {
  readonly name: string;
  readonly learned: Learned;
  readonly fixed?: object;
  bias(learned: Learned): BiasOf;
}

const vector = (make: () => number, ...shape: number[]): Learned[string] => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { shape, data: list(size, make) };
};

function fireWeights({ c, thresholdMultiplier, w1, b1, w2, b2 }: Learned): FireWeights {
  const width = w1.data.length;
  return {
    c: c.data[0],
    threshold: 2.2,
    thresholdMultiplier: thresholdMultiplier.data[0],
    eps: 1e-6,
    w1: w1.data,
    b1: b1.data,
    w2: b2.data.map((_, h) => w2.data.slice(h * width, (h + 1) * width)),
    b2: b2.data,
  };
}

const FAMILIES: readonly Family[] = [
  { name: 'none', learned: {}, bias: () => () => 0 },
  { name: 'sandwich', learned: {}, fixed: { dBar: 6 }, bias: () => reference.sandwich(2, 6) },
  {
    name: 'alibi',
    learned: { slopes: vector(positive, 2) },
    bias:
      ({ slopes }) =>
      (h, i, j) =>
        -slopes.data[h] * Math.abs(i - j),
  },
  {
    name: 't5',
    learned: { table: vector(number, 9, 2) },
    fixed: { numBuckets: 9, maxDistance: 6, bidirectional: true },
    bias:
      ({ table }) =>
      (h, i, j) =>
        table.data[2 * reference.t5Bucket(j - i, 9, 6, true) + h],
  },
  {
    name: 'kerple-log',
    learned: { p: vector(positive, 2), a: vector(positive, 2) },
    bias: ({ p, a }) => reference.kerpleLog(p.data, a.data),
  },
  {
    name: 'kerple-power',
    learned: { p: vector(positive, 2), a: vector(positive, 2) },
    bias: ({ p, a }) => reference.kerplePower(p.data, a.data),
  },
  ...[true, false].map((signed) => ({
    name: 'fire',
    learned: {
      w1: vector(number, 4),
      b1: vector(number, 4),
      w2: vector(number, 2, 4),
      b2: vector(number, 2),
      c: vector(positive, 1),
      thresholdMultiplier: vector(() => -1.4, 1),
    },
    fixed: { threshold: 2.2, eps: 1e-6, signed },
    bias: (learned: Learned) => reference.fire(fireWeights(learned), signed),
  })),
];

const MODES = [
  ['before-scaling', 1 / Math.sqrt(3), 1 / Math.sqrt(3)],
  ['unscaled', 1, 1],
  ['after-scaling', 1 / Math.sqrt(3), 1],
] as const;

/** Name, queries, keys, queryOffset, key padding, explicit positions, causal. */
const SHAPES = [
  { queries: 7, keys: 3, queryOffset: -4, causal: true },
  { queries: 4, keys: 6, queryOffset: 1, causal: true, keyPadding: [1, 0, 1, 1, 0, 1] },
  { queries: 2, keys: 5, queryOffset: 0, causal: false, keyPadding: [0, 0, 0, 0, 0] },
  { queries: 3, keys: 5, causal: false, queryPositions: [2, 9, 4], keyPositions: [8, 0, 3, 3, 1] },
] as const;

describe.each(FAMILIES)('$name', (family) => {
  test('output, log-sum-exp and gradients', async () => {
    const cases = MODES.flatMap((mode) => SHAPES.flatMap((shape) => attentionCases(family, mode, shape)));
    expect(cases.length).toBe(2 * MODES.length * SHAPES.length);
    await expectPass(`attention-${family.name}`, cases);
  });
});

function attentionCases(
  { name, learned, fixed, bias }: Family,
  [mode, scale, biasScale]: (typeof MODES)[number],
  shape: (typeof SHAPES)[number],
): object[] {
  const { queries, keys, causal } = shape;
  const keyPadding: readonly number[] = 'keyPadding' in shape ? shape.keyPadding : range(keys).fill(1);
  const positions =
    'queryPositions' in shape
      ? { query: [...shape.queryPositions], key: [...shape.keyPositions] }
      : { query: range(queries, shape.queryOffset), key: range(keys) };
  const cube = (count: number, dim: number): Cube => range(2).map(() => rows(count, dim));
  const [q, k, v, outputGradient] = [cube(queries, 3), cube(keys, 3), cube(keys, 2), cube(queries, 2)];
  const visible = (i: number, j: number, key: number): boolean => (!causal || j <= i) && keyPadding[key] === 1;
  const run = (): ReturnType<typeof reference.attention> =>
    reference.attention({ q, k, v, scale, biasScale, bias: bias(learned), positions, visible });
  const loss = (): number => {
    const weights = outputGradient.flat(2);
    return run()
      .output.flat(2)
      .reduce((sum, one, index) => sum + one * weights[index], 0);
  };
  const slopes = (data: number[]): number[] => data.map((_, index) => slope(loss, data, index));
  const ofCube = (given: Cube): number[] => given.flatMap((head) => head.flatMap(slopes));
  const tensor = (given: Cube, data = given.flat(2)): object => ({ shape: [2, given[0].length, given[0][0].length], data });
  const { output, logSumExp } = run();
  const { queries: _queries, keys: _keys, causal: _causal, ...place } = shape;
  const common = {
    family: name,
    kind: 'attention',
    dtype: 'float64',
    params: { mode, heads: 2, queryLength: queries, keyLength: keys, headDim: 3, valueDim: 2, causal, ...place },
    input: {
      ...place,
      q: tensor(q),
      k: tensor(k),
      v: tensor(v),
      outputGradient: tensor(outputGradient),
      biasParameters: { ...fixed, ...shaped(Object.entries(learned)) },
    },
  };
  const gradients = Object.entries(learned).map(
    ([key, { data, shape: extents }]) => [key, { data: slopes(data), shape: extents }] as const,
  );
  return [
    {
      ...common,
      compare: tolerance(1e-12),
      expected: { output: tensor(output), logSumExp: { shape: [2, queries], data: logSumExp.flat().map(written) } },
    },
    {
      ...common,
      compare: tolerance(1e-7),
      expected: {
        dq: tensor(q, ofCube(q)),
        dk: tensor(k, ofCube(k)),
        dv: tensor(v, ofCube(v)),
        biasParameterGradients: shaped(gradients),
      },
    },
  ];
}

/** Tensors; single numbers as the format writes `c`. */
function shaped(entries: (readonly [string, { data: number[]; shape: number[] }])[]): object {
  return Object.fromEntries(entries.map(([key, one]) => [key, one.data.length === 1 ? one.data[0] : one]));
}

function slope(loss: () => number, data: number[], index: number): number {
  const was = data[index];
  const step = 1e-5;
  data[index] = was + step;
  const above = loss();
  data[index] = was - step;
  const below = loss();
  data[index] = was;
  return (above - below) / (2 * step);
}
