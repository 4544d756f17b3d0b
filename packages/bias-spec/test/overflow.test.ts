// Problems whose intermediate results float32 could not hold, refused while planning. overflow-of-inputs.test.ts checks the inputs of a call.
import { describe, expect, it } from 'vitest';
import type { AttentionProblem } from '../src/index.ts';
import { ParameterError, alibi, fire, perOffset, planAttention } from '../src/index.ts';

const GOOD = { heads: 4, queries: 3, keys: 5, headDim: 8 };

function tableOf(number: number): AttentionProblem {
  return { ...GOOD, bias: perOffset({ heads: 4, maxDistance: 1, table: new Float64Array(12).fill(number) }) };
}

function lines(slope: number, intercept: number): AttentionProblem {
  const [w2, b2] = [slope, intercept].map((one) => new Float64Array(4).fill(one));
  return { ...GOOD, bias: fire({ heads: 4, w1: [1], b1: [0], w2, b2, threshold: 1 }) };
}

describe('planning refuses', () => {
  it.each<[string, AttentionProblem, string[]]>([
    [
      'a softcap too far below the scale',
      { ...GOOD, scale: 1e20, softcap: 1e-20 },
      ['problem.softcap: got 1e-20', 'scale / 2^127'],
    ],
    ['a table whose sum with a score may be -Infinity', tableOf(-3e38), ['bias: got sizes up to 3.0e+38', '8.5e+37', 'hide']],
    ['a table whose sum with a score may be Infinity', tableOf(3e38), ['bias: got sizes up to 3.0e+38']],
    ['a table that biasScale brings there', { ...tableOf(1e30), biasScale: -1e9 }, ['1.0e+39']],
    ['slopes and intercepts that add up to that', lines(6e37, 8e37), ['bias: got sizes up to']],
    ['slopes that biasScale brings there', { ...lines(6e30, 0), biasScale: 1e9 }, ['bias: got sizes up to']],
  ])('%s', (_what, problem, parts) => {
    expect(() => planAttention(problem)).toThrow(ParameterError);
    for (const part of parts) expect(() => planAttention(problem)).toThrow(part);
  });
});

it.each<[string, AttentionProblem]>([
  ['a table of large numbers', tableOf(8e37)],
  ['a table that biasScale makes small', { ...tableOf(3e38), biasScale: 0.1 }],
  ['lines of large numbers', lines(1e37, 1e37)],
  ['hidden pairs', { ...GOOD, bias: alibi({ heads: 4, future: 'asymmetric' }), biasScale: 1e30 }],
  ['a small softcap', { ...GOOD, softcap: 2 ** -126 }],
])('accepted is %s', (_what, problem) => {
  expect(planAttention(problem)).toBeDefined();
});
