// A family whose `lower` does not cover the problem is refused when the problem is planned, before any kernel reads it.
import type { AttentionProblem, Bias } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError, alibi, fire, planAttention } from '@relbias/bias-spec';
import { expect, it } from 'vitest';
import { termsOf } from './terms.ts';

type Terms = ReturnType<Bias['lower']>;
type Form<K extends Terms[number]['kind']> = Extract<Terms[number], { kind: K }>;

const SIZES = { heads: 2, queries: 4, keys: 4, headDim: 2 };
const toeplitz = alibi({ heads: 2 });
/** Past its threshold everywhere: it lowers to a row-scaled term. */
const rowScaled = fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 1 });

function withLower(sound: Bias, change: (term: never) => object): AttentionProblem {
  const lower: Bias['lower'] = (positions) => sound.lower(positions).map((term) => ({ ...term, ...change(term as never) }));
  return { ...SIZES, bias: { ...sound, lower } };
}

it('both families are valid without the faults', () => {
  expect(termsOf(planAttention(withLower(toeplitz, () => ({}))))).toMatchObject([{ kind: 'per-distance' }]);
  expect(termsOf(planAttention(withLower(rowScaled, () => ({}))))).toMatchObject([{ kind: 'row-scaled' }]);
});

it.each<[string, (form: Form<'per-distance'>) => object, RegExp]>([
  ['a wrong first distance', () => ({ minDistance: -1 }), /alibi\.lower: got 14 values, wanted 10\. The family has a mistake/],
  [
    'other distances',
    ({ minDistance, maxDistance }) => ({ minDistance: minDistance + 1, maxDistance: maxDistance + 1 }),
    /got distances from -2 to 4, wanted all from -3 to 3/,
  ],
  ['a table too short', ({ values }) => ({ values: values.subarray(1) }), /got 13 values, wanted 14/],
  ['one head', ({ values }) => ({ heads: 1, values: values.subarray(7) }), /got 1 heads, wanted 2/],
])('refuses a table of %s', (_name, change, message) => {
  const problem = withLower(toeplitz, change);
  expect(() => planAttention(problem)).toThrow(ParameterError);
  expect(() => planAttention(problem)).toThrow(message);
});

it.each<[string, unknown, string]>([
  [
    'no list',
    { kind: 'per-distance' },
    'alibi.lower: got an Object, wanted a list of terms. The family has a mistake in `lower`.',
  ],
  ['nothing', null, 'got null'],
  ['a list of nothing', [null], 'got null, wanted terms of the kinds per-distance, row-scaled'],
  [
    'one sound term and nothing',
    [{ kind: 'per-distance', heads: 2, minDistance: -3, maxDistance: 3, values: new Float64Array(14) }, undefined],
    'got undefined',
  ],
  ['undefined', undefined, 'got undefined'],
  ['a bare list', new Float64Array(3), 'got a Float64Array of 3'],
  ['a term of its own kind', [{ kind: 'dense' }], 'got the term "dense"'],
  ['the name of a method', [{ kind: 'toString' }], 'got the term "toString"'],
  [
    'no distances',
    [{ kind: 'per-distance', heads: 2, values: new Float64Array(14) }],
    'got distances from undefined to undefined, wanted integers',
  ],
  [
    'halves of distances',
    [{ kind: 'per-distance', heads: 2, minDistance: -3.5, maxDistance: 3, values: new Float64Array(14) }],
    'got distances from -3.5 to 3, wanted integers',
  ],
  [
    'no table',
    [{ kind: 'per-distance', heads: 2, minDistance: -3, maxDistance: 3 }],
    'got values: undefined, wanted a Float64Array',
  ],
  [
    'a plain array',
    [{ kind: 'per-distance', heads: 2, minDistance: -3, maxDistance: 3, values: Array.from({ length: 14 }, () => 0) }],
    'got values: an array of 14, wanted a Float64Array',
  ],
  [
    'no breaks',
    [
      {
        kind: 'row-scaled',
        heads: 2,
        minDistance: -3,
        maxDistance: 3,
        features: new Float64Array(7),
        rowScales: new Float64Array(4),
      },
    ],
    'got breaks: undefined, wanted a Float64Array',
  ],
])('refuses %s instead of terms', (_name, lowered, message) => {
  const problem = { ...SIZES, bias: { ...toeplitz, lower: () => lowered as Terms } };
  expect(() => planAttention(problem)).toThrow(ParameterError);
  expect(() => planAttention(problem)).toThrow(message);
});

it.each<[string, (form: Form<'row-scaled'>) => object, RegExp]>([
  ['features', ({ features }) => ({ features: features.subarray(1) }), /fire\.lower: got 6 features, wanted 7/],
  ['row scales', ({ rowScales }) => ({ rowScales: rowScales.subarray(1) }), /got 3 rowScales, wanted 4/],
  ['slopes', ({ slopes }) => ({ slopes: slopes.subarray(1) }), /got \d+ slopes, wanted \d+/],
  ['intercepts', ({ intercepts }) => ({ intercepts: intercepts.subarray(1) }), /got \d+ intercepts, wanted \d+/],
])('refuses too few %s', (_name, change, message) => {
  expect(() => planAttention(withLower(rowScaled, change))).toThrow(message);
});

it('an engine without memory for a bias is distinguished from a bug', () => {
  const lower = (): never => {
    throw new RangeError('Array buffer allocation failed');
  };
  const call = (): unknown => planAttention({ ...SIZES, bias: { ...toeplitz, lower } });
  expect(call).toThrow(UnsupportedError);
  expect(call).toThrow('problem.bias: got no room for the bias of 2 heads over 7 distances (Array buffer allocation failed)');
});
