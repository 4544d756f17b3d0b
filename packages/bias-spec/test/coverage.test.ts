// A family whose `lower` does not cover the problem is refused when the problem is planned, before any kernel reads it.
import type { AttentionProblem, Bias } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError, alibi, fire, planAttention } from '@relbias/bias-spec';
import { expect, it } from 'vitest';

type Lowered = ReturnType<Bias['lower']>;
type Form<K extends Lowered['form']> = Extract<Lowered, { form: K }>;

const SIZES = { heads: 2, queries: 4, keys: 4, headDim: 2 };
const toeplitz = alibi({ heads: 2 });
/** Past its threshold everywhere, so that it lowers to the row-scaled form. */
const rowScaled = fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 1 });

function withLower(sound: Bias, change: (form: never) => object): AttentionProblem {
  const lower: Bias['lower'] = (positions) => {
    const form = sound.lower(positions);
    return { ...form, ...change(form as never) };
  };
  return { ...SIZES, bias: { ...sound, lower } };
}

it('both families are sound as they are', () => {
  expect(planAttention(withLower(toeplitz, () => ({}))).lowered.form).toBe('toeplitz');
  expect(planAttention(withLower(rowScaled, () => ({}))).lowered.form).toBe('row-scaled');
});

it.each<[string, (form: Form<'toeplitz'>) => object, RegExp]>([
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
  ['nothing', null, 'alibi.lower: got null, wanted one of none, toeplitz and row-scaled. The family has a mistake in `lower`.'],
  ['undefined', undefined, 'got undefined'],
  ['a bare list', new Float64Array(3), 'got a Float64Array of 3'],
  ['a form of its own', { form: 'dense' }, 'got the form "dense"'],
  [
    'no distances',
    { form: 'toeplitz', heads: 2, values: new Float64Array(14) },
    'got distances from undefined to undefined, wanted integers',
  ],
  [
    'halves of distances',
    { form: 'toeplitz', heads: 2, minDistance: -3.5, maxDistance: 3, values: new Float64Array(14) },
    'got distances from -3.5 to 3, wanted integers',
  ],
  ['no table', { form: 'toeplitz', heads: 2, minDistance: -3, maxDistance: 3 }, 'got values: undefined, wanted a Float64Array'],
  [
    'a plain array',
    { form: 'toeplitz', heads: 2, minDistance: -3, maxDistance: 3, values: Array.from({ length: 14 }, () => 0) },
    'got values: an array of 14, wanted a Float64Array',
  ],
  [
    'no breaks',
    {
      form: 'row-scaled',
      heads: 2,
      minDistance: -3,
      maxDistance: 3,
      features: new Float64Array(7),
      rowScales: new Float64Array(4),
    },
    'got breaks: undefined, wanted a Float64Array',
  ],
])('refuses %s instead of a form', (_name, lowered, message) => {
  const problem = { ...SIZES, bias: { ...toeplitz, lower: () => lowered as Lowered } };
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

it('an engine without memory for a bias is told from a bug', () => {
  const lower = (): never => {
    throw new RangeError('Array buffer allocation failed');
  };
  const call = (): unknown => planAttention({ ...SIZES, bias: { ...toeplitz, lower } });
  expect(call).toThrow(UnsupportedError);
  expect(call).toThrow('problem.bias: got no room for the bias of 2 heads over 7 distances (Array buffer allocation failed)');
});
