// Vectors that are not in the repository: other names, other parameters, rare kinds, computed by vectors-references.ts,
// written to a folder and read back. Then the same with one number made wrong.
import { test } from 'vitest';
import type { BiasOf, FireWeights, Layer } from './vectors-references.ts';
import * as reference from './vectors-references.ts';
import { FLOAT32, FLOAT64, expectPass, list, matrix, positive, range, rows, runs, tensor, written } from './vectors-writing.ts';

test('buckets of T5 and DeBERTa', async () => {
  const offsets = range(601, -300);
  const t5 = [8, 11, 26, 50].flatMap((numBuckets) =>
    [true, false].flatMap((bidirectional) =>
      [27, 130].map((maxDistance) => ({
        family: 't5',
        kind: 'buckets',
        params: { numBuckets, maxDistance, bidirectional },
        input: { relativePosition: { from: -300, to: 300 } },
        expected: { rle: runs(offsets.map((one) => reference.t5Bucket(one, numBuckets, maxDistance, bidirectional))) },
        dtype: 'int32',
        compare: 'exact-int',
      })),
    ),
  );
  const deberta = [6, 20].map((bucketSize) => ({
    family: 'deberta',
    kind: 'buckets',
    params: { bucketSize, maxPosition: 77 },
    input: { relativePosition: offsets },
    expected: { bucket: offsets.map((one) => reference.debertaBucket(one, bucketSize, 77)) },
    dtype: 'int32',
    compare: 'exact-int',
  }));
  await expectPass('buckets', [deberta[0], ...t5, ...deberta]);
});

test('every form of ALiBi', async () => {
  const cases = [1, 3, 10, 24].flatMap((heads) => {
    const slopes = reference.mptSlopes(heads, 8).map(Math.fround);
    const naive = range(heads).map((h) => 2 ** ((-8 * (h + 1)) / heads));
    const geometry = { heads, queryLength: 3, keyLength: 7, queryOffset: 4 };
    const [query, key] = [range(3, 4), range(7)];
    const bias = { family: 'alibi', kind: 'bias' };
    const few = Math.ceil(heads / 2);
    const fewSlopes = reference.mptSlopes(few, 8).map(Math.fround);
    const mask = [1, 0, 1, 1, 0, 1, 1];
    const counted = mask.map((bit, j) => (mask.slice(0, j + 1).reduce((a, b) => a + b) - 1) * bit);
    const product = (h: number, j: number): number =>
      reference.bfloat16(reference.bfloat16(slopes[h]) * reference.bfloat16(counted[j]));
    return [
      {
        ...bias,
        ...FLOAT32,
        params: { ...geometry, causal: false },
        expected: { bias: tensor(heads, query, key, (h, i, j) => Math.fround(-slopes[h] * Math.abs(i - j))) },
      },
      {
        ...bias,
        ...FLOAT32,
        params: { ...geometry, causal: true },
        expected: { bias: tensor(heads, query, key, (h, i, j) => Math.fround(-slopes[h] * Math.max(i - j, 0))) },
      },
      {
        ...bias,
        ...FLOAT32,
        params: { ...geometry, biasedHeads: few, causal: false },
        expected: { bias: tensor(heads, query, key, (h, i, j) => (h < few ? Math.fround(-fewSlopes[h] * Math.abs(i - j)) : 0)) },
      },
      {
        ...bias,
        params: { ...geometry, causal: false, signed: true },
        source: { repo: 'meta-pytorch/attention-gym' },
        dtype: 'float32',
        compare: 'tolerance: relative 2.4e-7',
        expected: { bias: tensor(heads, query, key, (h, i, j) => naive[h] * (j - i)) },
      },
      {
        ...bias,
        ...FLOAT32,
        params: { heads: 2 * heads, queryLength: 3, keyLength: 7, queryOffset: 4, causal: false, mode: 'asymetric' },
        expected: {
          bias: tensor(2 * heads, query, key, (h, i, j) =>
            (h < heads ? i < j : i > j) ? -Infinity : Math.fround(-slopes[h % heads] * Math.abs(i - j)),
          ),
        },
      },
      {
        ...bias,
        ...FLOAT32,
        params: { heads, queryLength: 2, keyLength: 3, causal: false },
        input: { queryPositions: [9, 2], keyPositions: [4, 4, 11] },
        expected: { bias: tensor(heads, [9, 2], [4, 4, 11], (h, i, j) => Math.fround(-slopes[h] * Math.abs(i - j))) },
      },
      {
        family: 'alibi',
        kind: 'bias-key-only',
        params: { heads, keyLength: 7, batch: 1 },
        input: { attentionMask: [mask] },
        dtype: 'float32',
        compare: 'tolerance: relative 2e-6',
        expected: { bias: { shape: [1, heads, 7], data: slopes.flatMap((slope) => counted.map((one) => slope * one)) } },
      },
      {
        family: 'alibi',
        kind: 'bias-key-only',
        params: { heads, keyLength: 7, batch: 1 },
        input: { attentionMask: [mask] },
        dtype: 'bfloat16 values held as float32',
        compare: 'exact-float32',
        expected: { bias: { shape: [1, heads, 7], data: range(heads).flatMap((h) => range(7).map((j) => product(h, j))) } },
      },
      {
        family: 'alibi',
        kind: 'bias-key-only',
        params: { heads, keyLength: 7, biasMax: 5 },
        dtype: 'float32',
        compare: 'tolerance: relative 2.4e-7',
        expected: {
          bias: {
            shape: [heads, 7],
            data: reference.mptSlopes(heads, 5).flatMap((slope) => range(7).map((j) => written(slope * (j - 6)))),
          },
        },
      },
      {
        family: 'alibi',
        kind: 'slopes',
        params: { heads, biasMax: 3 },
        dtype: 'float32',
        compare: 'relative 2.4e-7',
        expected: { float32: reference.mptSlopes(heads, 3) },
      },
      {
        family: 'alibi',
        kind: 'bias-scalar',
        params: { beta: 0.3 },
        input: { i: 9, j: 4 },
        dtype: 'float64',
        compare: 'tolerance: 1e-15',
        expected: { bias: -1.5 },
      },
    ];
  });
  await expectPass('alibi', cases);
});

test('tables, kernels and networks', async () => {
  const table = rows(12, 3).map((row) => row.map(Math.fround));
  const weights: FireWeights = {
    c: -0.7,
    threshold: 4.5,
    thresholdMultiplier: -1.5,
    eps: 1e-4,
    w1: list(5),
    b1: list(5),
    w2: rows(3, 5),
    b2: list(3),
  };
  const layers: Layer[] = [1, 4, 4, 4].map((inputs, depth) => ({
    weight: rows(depth === 3 ? 3 : 4, inputs),
    bias: list(depth === 3 ? 3 : 4),
  }));
  const p = [0.001, 1.3, 7];
  const a = [-4, 0.4, 2.5];
  const square = range(9);
  const geometry = { heads: 3, queryLength: 9, keyLength: 9, queryOffset: 0 };
  const scaled = (h: number, i: number, j: number): number =>
    Math.fround(table[reference.t5Bucket(j - i, 12, 40, false)][h] * Math.fround(0.3));
  const given = { ...weights, hiddenWidth: 5, w2: matrix(weights.w2) };
  const cases: object[] = [
    {
      family: 'kerple-log',
      kind: 'bias',
      ...FLOAT64,
      params: geometry,
      input: { p, a },
      expected: {
        bias: tensor(3, square, square, reference.kerpleLog(p, a)),
        clampedP: [0.01, 1.3, 7],
        clampedA: [0.01, 0.4, 2.5],
      },
    },
    {
      family: 'kerple-power',
      kind: 'bias',
      ...FLOAT64,
      params: { heads: 3, queryLength: 1, keyLength: 9, queryOffset: 8 },
      input: { p, a },
      expected: { byDistance: tensor(3, square, [0], reference.kerplePower(p, a)), clampedP: [0.01, 1.3, 2] },
    },
    {
      family: 't5',
      kind: 'bias',
      ...FLOAT32,
      params: { ...geometry, numBuckets: 12, maxDistance: 40, bidirectional: false, scale: 0.3 },
      input: { table: matrix(table), tableLayout: '[numBuckets, heads]' },
      expected: { bias: tensor(3, square, square, scaled) },
    },
    {
      family: 'sandwich',
      kind: 'bias',
      ...FLOAT64,
      params: { heads: 3, maxLength: 9, dBar: 20 },
      expected: { byDistance: tensor(3, square, [0], reference.sandwich(3, 20)) },
    },
    {
      family: 'dynamic-position-bias',
      kind: 'bias',
      ...FLOAT64,
      params: { ...geometry, hidden: 4, depth: 3, logDistance: true },
      input: { layers: layers.map(({ weight, bias }) => ({ weight: matrix(weight), bias })) },
      expected: { bias: tensor(3, square, square, reference.dynamicPosition(layers, true)) },
    },
    {
      family: 'fire',
      kind: 'bias',
      ...FLOAT64,
      params: { heads: 3, length: 9 },
      input: given,
      expected: {
        signed: tensor(3, square, square, reference.fire(weights, true)),
        unsigned: tensor(3, square, square, reference.fire(weights, false)),
        causal: tensor(3, square, square, (h, i, j) => (j > i ? 0 : reference.fire(weights, true)(h, i, j))),
      },
    },
    {
      family: 'swin',
      kind: 'index',
      params: { windowHeight: 3, windowWidth: 5 },
      dtype: 'int32',
      compare: 'exact-int',
      expected: {
        index: { shape: [15, 15], data: range(15).flatMap((i) => range(15).map((j) => reference.windowIndex(3, 5, i, j))) },
        tableRows: 45,
      },
    },
  ];
  // [heads, 9, 1] flattens like [heads, 9].
  for (const one of cases as { expected: { byDistance?: { shape: number[] } } }[])
    if (one.expected.byDistance) one.expected.byDistance.shape = [3, 9];
  await expectPass('bias', cases);
});

test('the variants of KERPLE on scores', async () => {
  const letters = ['', 'a', 'p', 'ap'];
  const cases = letters
    .flatMap((bias) => letters.map((weight) => [bias, weight] as const))
    .map(([bias, weight]) => {
      const part = (name: string, prefix: string): Record<string, number[]> =>
        Object.fromEntries(name.split('').map((letter) => [`${prefix}_${letter}`, list(2, () => 3 * positive() - 0.3)]));
      const input = { ...part(bias, 'bias'), ...part(weight, 'wei') };
      const scores = list(2 * 5 * 5);
      const kernel = (prefix: string): BiasOf =>
        reference.kerplePower(input[`${prefix}_p`] ?? null, input[`${prefix}_a`] ?? null);
      const data = scores.map((score, index) => {
        const [h, i, j] = [Math.floor(index / 25), Math.floor(index / 5) % 5, index % 5];
        const factor = weight === '' ? 1 : Math.exp(kernel('wei')(h, i, j));
        return score * factor + (bias === '' ? 0 : kernel('bias')(h, i, j));
      });
      return {
        family: 'kerple-power',
        kind: 'scores',
        ...FLOAT64,
        params: { heads: 2, queryLength: 5, keyLength: 5 },
        input: { variant: `kerple_power_${bias}_${weight}`, ...input, scores: { shape: [2, 5, 5], data: scores } },
        expected: { scores: { shape: [2, 5, 5], data } },
      };
    });
  await expectPass('scores', cases);
});
