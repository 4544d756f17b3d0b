// The grammar of `compare`, what each rule allows in each precision, and what is not judged at all.
import { judgeVectors, parseVectors } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';
import { compareAnswers } from '../src/vectors/compare.ts';
import { parseComparison } from '../src/vectors/comparison.ts';
import type { VectorCase } from '../src/vectors/format.ts';

const BOTH = 'tolerance: abs 1e-3 * (1 + |expected|) in float64; abs 1e-1 * (1 + |expected|) in float32';
const ATTENTION =
  'tolerance: float64 abs 1e-12*(1+max|expected|); float32 abs 2e-5*(1+max|expected|) for output and logSumExp, 1e-4*(1+max|expected|) for gradients';

describe('the grammar', () => {
  test.each([
    ['exact-int', [{ rule: 'exact-int', tolerance: 0, precision: null, fields: null }]],
    ['exact', [{ rule: 'exact', tolerance: 0, precision: null, fields: null }]],
    ['exact-float32', [{ rule: 'exact-float32', tolerance: 0, precision: 'float32', fields: null }]],
    ['tolerance: 1e-15', [{ rule: 'absolute', tolerance: 1e-15, precision: null, fields: null }]],
    ['tolerance: abs 1e-9 in float32', [{ rule: 'absolute', tolerance: 1e-9, precision: 'float32', fields: null }]],
    ['tolerance: relative 2.4e-7', [{ rule: 'relative', tolerance: 2.4e-7, precision: null, fields: null }]],
    ['relative 2.4e-7', [{ rule: 'relative', tolerance: 2.4e-7, precision: null, fields: null }]],
    [
      'tolerance: abs 1e-11 * (1+|expected|) in float64',
      [{ rule: 'scaled', tolerance: 1e-11, precision: 'float64', fields: null }],
    ],
    [
      'relative 2e-14 against expected.float64 (and against true); exact-float32 against expected.float32 after rounding a float64 slope to float32; otherImplementations are for information',
      [
        { rule: 'relative', tolerance: 2e-14, precision: null, fields: ['float64', 'true'] },
        { rule: 'exact-float32', tolerance: 0, precision: 'float32', fields: ['float32'] },
      ],
    ],
    [
      ATTENTION,
      [
        { rule: 'scaled-by-max', tolerance: 1e-12, precision: 'float64', fields: null },
        { rule: 'scaled-by-max', tolerance: 2e-5, precision: 'float32', fields: ['output', 'logSumExp'] },
        { rule: 'scaled-by-max', tolerance: 1e-4, precision: 'float32', fields: ['gradients'] },
      ],
    ],
  ])('%s', (text, clauses) => expect(parseComparison(text)).toEqual({ recordOnly: false, clauses }));

  test.each([
    '',
    'tolerance',
    'exact-float16',
    'within 3 ulp',
    'tolerance: abs 1e-3 * (2 + |expected|)',
    'tolerance: 1e-3; and be nice',
    'relative 1e-3 against everything',
    'record-only; exact',
  ])('refuses "%s"', (text) => expect(parseComparison(text)).toBeNull());
});

describe('what a rule allows', () => {
  const judge = (compare: string, want: unknown, got: { float64?: number[]; float32?: number[] }, dtype = 'float64'): number => {
    const comparison = parseComparison(compare);
    if (comparison === null || comparison.recordOnly) throw new Error(compare);
    const shape = [(got.float64 ?? got.float32 ?? []).length];
    const vector = { expected: { bias: want }, dtype, compare } as unknown as VectorCase;
    const { failed, compared, notJudged } = compareAnswers(vector, comparison.clauses, [{ field: 'bias', shape, ...got }]);
    expect(notJudged).toEqual([]);
    expect(compared).toBeGreaterThan(0);
    return failed;
  };

  test.each<[string, unknown, { float64?: number[]; float32?: number[] }, number]>([
    ['exact', [0, '-Infinity', 0.5], { float64: [-0, -Infinity, 0.5] }, 0],
    ['exact', ['-Infinity', 1, 2], { float64: [-1e308, Infinity, NaN] }, 3],
    ['exact', [null, null, 1], { float64: [NaN, 0, NaN] }, 2],
    ['exact-int', [1, 2], { float64: [1, 2.5] }, 1],
    ['exact-int', [0.5], { float64: [0.5] }, 1],
    ['exact-float32', [0.1], { float32: [0.10000000149011612] }, 0],
    ['exact-float32', [0.1], { float32: [0.10000000894069672] }, 1],
    ['tolerance: 1e-3', [0, 100], { float64: [0.0009, 100.0011] }, 1],
    ['relative 1e-3', [0, 100, '-Infinity'], { float64: [1e-300, 100.09, -1e308] }, 2],
    [BOTH, [9], { float64: [9.009] }, 0],
    [BOTH, [9], { float64: [9.011] }, 1],
    [BOTH, [9], { float32: [9.9] }, 0],
    [BOTH, [9], { float32: [10.1] }, 1],
    // The float32 and the float64 numbers are both compared, each at its own tolerance.
    [BOTH, [9], { float64: [9], float32: [11] }, 1],
    [ATTENTION.replace('1e-12', '1e-1'), [0, 9, '-Infinity'], { float64: [0.9, 9.9, -Infinity] }, 0],
    [ATTENTION.replace('1e-12', '1e-1'), [0, 9, '-Infinity'], { float64: [1.1, 9, -1e308] }, 2],
  ])('%s: %j against %j', (compare, want, got, failed) => expect(judge(compare, want, got)).toBe(failed));

  test('a tolerance without a precision applies to that of the dtype', () => {
    expect(judge('relative 1e-6', [1], { float64: [1], float32: [2] }, 'float64')).toBe(0);
    expect(judge('relative 1e-6', [1], { float64: [1], float32: [2] }, 'float32')).toBe(1);
    expect(judge('exact-float32', [1], { float64: [1], float32: [2] }, 'bfloat16 values held as float32')).toBe(1);
  });

  test('a wrong infinity or NaN fails, and is named', () => {
    const vector = { expected: { bias: [1] }, dtype: 'float64', compare: 'tolerance: 1' } as unknown as VectorCase;
    const clauses = [{ rule: 'absolute', tolerance: 1, precision: null, fields: null }] as const;
    const { worst } = compareAnswers(vector, clauses, [{ field: 'bias', shape: [1], float64: [NaN] }]);
    expect(worst).toMatchObject({ tensor: 'bias', index: [0], got: 'NaN', want: 1, error: 'Infinity', budget: 1 });
  });
});

describe('not judged', () => {
  const slopes = {
    id: 'slopes',
    family: 'alibi',
    kind: 'slopes',
    params: { heads: 2, biasMax: 8 },
    input: {},
    expected: { float32: [0.0625, 0.00390625] },
    dtype: 'float32',
    compare: 'relative 2.4e-7',
  };
  const judge = (changes: object): unknown => {
    const text = JSON.stringify({ format: 'attention-bias-vectors/1', cases: [{ ...slopes, ...changes }] });
    return judgeVectors([parseVectors(text, 'changed.json')])[0];
  };
  const bias = { kind: 'bias', params: { heads: 2, queryLength: 1, keyLength: 1, queryOffset: 0 } };

  test('the case itself passes', () =>
    expect(judge({})).toMatchObject({ status: 'pass', reason: null, name: 'vectors/slopes', compared: 2 }));

  test.each([
    [{ kind: 'hunch' }, 'the kind "hunch" is unknown here'],
    [{ family: 'hunch' }, 'slopes of the family "hunch" are unknown'],
    [{ ...bias, family: 'hunch' }, 'the family "hunch" is unknown'],
    [{ ...bias, family: 'constructor' }, 'the family "constructor" is unknown'],
    [{ kind: 'toString' }, 'the kind "toString" is unknown here'],
    [{ compare: 'by eye' }, 'the comparison "by eye" is unknown here'],
    [{ expected: {} }, 'no field for the clause'],
    [{ expected: {}, compare: BOTH }, 'nothing was compared'],
    [{ expected: { layout: '[heads]' } }, 'no field for the clause'],
    [{ expected: { float32: [0.0625] } }, 'expected.float32 has the shape [1], the case describes [2]'],
    [{ expected: { float32: { shape: [2, 2], data: [1, 2] } } }, 'expected.float32 is not in an encoding of the format'],
    [
      { expected: { float32: [0.0625, 0.00390625], more: { deep: [1] } } },
      'nothing here computes or compares expected.more.deep',
    ],
    [{ compare: 'relative 2.4e-7 against expected.float16' }, 'nothing here computes or compares expected.float32'],
    [{ params: {} }, 'params.heads: got undefined, wanted a number'],
    [{ kind: 'statement', expected: { truth: 42 } }, 'nothing here computes or compares expected.truth'],
    [{ ...bias, params: { heads: 2, queryLength: 1, keyLength: 3 }, expected: {} }, 'params.queryOffset'],
  ])('%j', (changes, reason) => {
    expect(judge(changes)).toMatchObject({ status: 'fail', reason: expect.stringContaining(reason) });
    expect(judge(changes)).toMatchObject({ reason: expect.stringContaining('Not judged: ') });
  });

  test('a refusal of the spec fails with its message', () => {
    expect(judge({ params: { heads: 0 } })).toMatchObject({
      status: 'fail',
      reason: expect.stringMatching(/^Refused: ParameterError: heads: got 0/),
    });
  });
});
