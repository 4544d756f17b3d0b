// FIRE: hand-computed networks, the three futures, the threshold, the pieces of the closed form, gradients at kinks, and refusals.
import { describe, expect, it } from 'vitest';
import type { FireOptions, ParameterGradients, Term, TermGradient } from '../src/index.ts';
import {
  ParameterError,
  ShapeError,
  contiguousPositions,
  explicitPositions,
  fire,
  fireFamily,
  planAttention,
} from '../src/index.ts';
import { addToGradients, zeroTermGradients } from '../src/backend/index.ts';
import { seeded } from './seeded.ts';
import { onlyRowScaled, readTerms, termsOf } from './terms.ts';
import { REORDERED, isNear } from './tolerances.ts';

/** One unit that passes x through: bias = x for x > 0. */
const IDENTITY: FireOptions = { heads: 1, w1: [1], b1: [0], w2: [1], b2: [0] };

function lowerRows(options: FireOptions, queries: number, queryStart = 0): readonly Term<Float64Array>[] {
  return fire(options).lower(contiguousPositions(1, queries, queries, queryStart));
}

describe('the formula', () => {
  it('is ln(|c d| + 1) over ln(|c max(i, L)| + 1) + eps, through the network', () => {
    const bias = fire({ ...IDENTITY, c: 0.5, threshold: 10, eps: 0.25 });
    expect(isNear(bias.value(0, 3, 5), Math.log(2.5) / (Math.log(6) + 0.25), REORDERED)).toBe(true);
    expect(isNear(bias.value(0, 3, 20), Math.log(2.5) / (Math.log(11) + 0.25), REORDERED)).toBe(true);
  });

  it('adds up the active units and the biases', () => {
    const bias = fire({ heads: 2, w1: [1, -2], b1: [0.5, 0.25], w2: [3, 5, 7, 11], b2: [0.125, -1] });
    expect([bias.value(0, 0, 0), bias.value(1, 0, 0)]).toEqual([3 * 0.5 + 5 * 0.25 + 0.125, 7 * 0.5 + 11 * 0.25 - 1]);
  });

  it('reads |distance| or the signed distance of keys in the future, or gives them no bias', () => {
    const both = { heads: 1, w1: [1, -1], b1: [0, 0], w2: [1, 10], b2: [0.5] };
    const past = fire(both).value(0, 3, 3) - 0.5;
    const future = (['unsigned', 'signed', 'zero'] as const).map((choice) => fire({ ...both, future: choice }).value(0, -3, 0));
    const want = [past + 0.5, 10 * past + 0.5, 0];
    expect(future.map((value, index) => isNear(value, want[index], REORDERED))).toEqual([true, true, true]);
  });

  it.each([
    ['c', { c: -0.3, threshold: 4, thresholdMultiplier: 1.5 }],
    ['the multiplier', { c: 0.3, threshold: 4, thresholdMultiplier: -1.5 }],
  ])('does not depend on the sign of %s', (_name, flipped) => {
    const plain = fire({ ...IDENTITY, c: 0.3, threshold: 4, thresholdMultiplier: 1.5 });
    for (const position of [0, 5, 6, 7, 30]) {
      expect(fire({ ...IDENTITY, ...flipped }).value(0, 4, position)).toBe(plain.value(0, 4, position));
    }
  });
});

describe('the closed form', () => {
  it('is row-scaled at any query position, and gives rows up to the threshold the same scale', () => {
    const scales = (options: FireOptions, queries: number, queryStart?: number): number =>
      new Set(onlyRowScaled(lowerRows(options, queries, queryStart)).rowScales).size;
    expect(scales({ ...IDENTITY, threshold: 8 }, 9)).toBe(1);
    expect(scales({ ...IDENTITY, threshold: 8 }, 12)).toBe(4);
    expect(scales({ ...IDENTITY, threshold: 4, thresholdMultiplier: -2.1 }, 9)).toBe(1);
    expect(scales(IDENTITY, 3, 513)).toBe(3);
  });

  it('keeps only breaks that some pair can cross, sorted', () => {
    // Ends at 0.5, 0.25, -0.5 (out of reach without a sign), 100 (too far) and a unit that is constant.
    const options = { heads: 1, w1: [2, -4, 1, 1, 0], b1: [-1, 1, 0.5, -100, 1], w2: [1, 1, 1, 1, 1], b2: [0], threshold: 4 };
    const unsigned = lowerRows(options, 20);
    const signed = lowerRows({ ...options, future: 'signed' }, 20);
    expect([unsigned, signed].map((form) => [...onlyRowScaled(form).breaks])).toEqual([
      [0.25, 0.5],
      [-0.5, 0.25, 0.5],
    ]);
  });

  it('never has more breaks than units', () => {
    const form = fireFamily.initialise(4, seeded(3)).lower(contiguousPositions(1, 600, 600));
    expect(onlyRowScaled(form).breaks.length).toBeLessThanOrEqual(32);
  });

  it('counts units that do not depend on the distance', () => {
    const constant = { heads: 1, w1: [0, 0], b1: [2, -2], w2: [3, 5], b2: [0.5], threshold: 4 };
    expect(readTerms(lowerRows(constant, 9), 0, 7, 3)).toBe(6.5);
  });

  it('gives the future exactly 0 in float32 too, distinct from distance 0', () => {
    const bias = fire({ ...IDENTITY, b1: [0.5], b2: [3], c: 50, threshold: 2, future: 'zero' });
    const terms = termsOf(planAttention({ heads: 1, queries: 9, keys: 9, headDim: 1, bias }));
    expect(onlyRowScaled(terms).heads).toBe(1);
    for (let row = 0; row < 9; row++)
      expect([readTerms(terms, 0, row, -1) === 0, readTerms(terms, 0, row, 0)]).toEqual([true, 3.5]);
  });
});

/** d bias / d parameters of head 0 for one query and one key. */
function gradientAt(options: FireOptions, query: number, key: number): ParameterGradients {
  const bias = fire(options);
  // Two keys more, so the distance in question lies inside the range of the closed form.
  const positions = explicitPositions(1, 1, 3, { query: [query], key: [key - 2, key, key + 2] });
  const terms = bias.lower(positions);
  const gradients = zeroTermGradients(terms);
  addToGradients(terms, gradients, 1, 0, 0, query - key);
  return bias.adjoint(positions, gradients);
}

describe('gradients', () => {
  it('are those of the formula', () => {
    const gradients = gradientAt({ ...IDENTITY, w1: [2], b1: [0.5], w2: [3], c: 0.5, threshold: 10, eps: 0.25 }, 5, 2);
    const norm = Math.log(6) + 0.25;
    const x = Math.log(2.5) / norm;
    const byNorm = -x / norm;
    const want = {
      w1: 3 * x,
      b1: 3,
      w2: 2 * x + 0.5,
      b2: 1,
      c: 6 * (3 / 2.5 / norm + (byNorm * 10) / 6),
      thresholdMultiplier: 6 * byNorm * (0.5 / 6) * 10,
    };
    for (const [name, value] of Object.entries(want))
      expect([name, isNear(gradients[name][0], value, REORDERED)]).toEqual([name, true]);
  });

  it('reach the multiplier only from rows below the threshold', () => {
    const [before, at, after] = [3, 4, 5].map((query) => gradientAt({ ...IDENTITY, threshold: 4 }, query, 1));
    expect(before['thresholdMultiplier'][0]).toBeLessThan(0);
    expect([at, after].map((gradients) => gradients['thresholdMultiplier'][0] === 0)).toEqual([true, true]);
    expect(after['c'][0]).not.toBe(0);
  });

  it.each([8, 0.5])('take the derivative of ReLU at 0 as 0 (threshold %d)', (threshold) => {
    // Without first biases every unit has its kink at distance 0.
    const both: FireOptions = { heads: 1, w1: [1, -1], b1: [0, 0], w2: [3, 5], b2: [0], threshold, future: 'signed' };
    expect([3, 4, 5].map((key) => [...gradientAt(both, 4, key)['b1']])).toEqual([
      [3, 0],
      [0, 0],
      [0, 5],
    ]);
  });

  it.each([8, 0.5])('do so also if distance 0 is the smallest of the range (threshold %d)', (threshold) => {
    const both: FireOptions = { heads: 1, w1: [1, -1], b1: [0, 0], w2: [3, 5], b2: [0], threshold };
    expect([3, 4].map((key) => [...gradientAt(both, 4, key)['b1']])).toEqual([
      [3, 0],
      [0, 0],
    ]);
  });

  it.each([8, 0.5])('reach active units that do not depend on the distance (threshold %d)', (threshold) => {
    const gradients = gradientAt({ heads: 1, w1: [0, 0], b1: [2, -2], w2: [3, 5], b2: [0], threshold }, 4, 1);
    expect(['b1', 'w2'].map((name) => [...gradients[name]])).toEqual([
      [3, 0],
      [2, 0],
    ]);
  });

  it('are none for the threshold itself and for a future without bias', () => {
    const gradients = gradientAt({ ...IDENTITY, threshold: 4, future: 'zero' }, 6, 8);
    expect(Object.keys(gradients)).toEqual(['w1', 'b1', 'w2', 'b2', 'c', 'thresholdMultiplier']);
    expect(Object.values(gradients).every((values) => values.every((one) => one === 0))).toBe(true);
  });

  it('refuse gradients of other terms', () => {
    const adjoint = (kinds: readonly TermGradient[]): unknown => fire(IDENTITY).adjoint(contiguousPositions(1, 2, 2), kinds);
    expect(() => adjoint([])).toThrow(ParameterError);
    expect(() => adjoint([])).toThrow('fire.adjoint: got gradients [], wanted [row-scaled]');
    const other: TermGradient = { kind: 'per-distance', values: new Float64Array(3) };
    expect(() => adjoint([other])).toThrow('got gradients [per-distance]');
  });
});

it('starts from c = 0.1, L = 512, multiplier 1 and a layer of 32 units', () => {
  const { parameters } = fireFamily.initialise(3, seeded(5));
  expect(['c', 'threshold', 'thresholdMultiplier'].map((name) => parameters[name].data[0])).toEqual([0.1, 512, 1]);
  expect(['w1', 'b1', 'w2', 'b2'].map((name) => parameters[name].shape)).toEqual([[32], [32], [3, 32], [3]]);
  expect(Math.max(...parameters['w2'].data.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(32));
});

it.each([
  ['no weights', { heads: 1 }, ParameterError, ['fire.w1', 'at least one number']],
  ['biases of another width', { ...IDENTITY, b1: [0, 0] }, ShapeError, ['fire.b1', '2 numbers', '1']],
  ['weights of other heads', { ...IDENTITY, heads: 2 }, ShapeError, ['fire.w2', '1 numbers', '2']],
  ['a nested matrix', { ...IDENTITY, w2: [[1]] }, ParameterError, ['fire.w2[0]']],
  ['a threshold that is no number', { ...IDENTITY, threshold: NaN }, ParameterError, ['fire.threshold', 'NaN', 'finite']],
  ['an infinite c', { ...IDENTITY, c: Infinity }, ParameterError, ['fire.c', 'Infinity']],
  ['eps of 0', { ...IDENTITY, eps: 0 }, ParameterError, ['fire.eps', 'above 0']],
  ['an unknown future', { ...IDENTITY, future: 'causal' }, ParameterError, ['"causal"', '"signed"']],
  ['upstream names', { ...IDENTITY, init_L: 512 }, ParameterError, ['fire.init_L', 'threshold']],
] as const)('refuses %s', (_name, options, error, parts) => {
  const call = (): unknown => fire(options as never);
  expect(call).toThrow(error);
  for (const part of parts) expect(call).toThrow(part);
});
