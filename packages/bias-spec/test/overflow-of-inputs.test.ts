// Inputs whose intermediate results float32 cannot hold: refused, naming the element, if a row sees them, and only then.
import { describe, expect, it } from 'vitest';
import type { AttentionProblem } from '../src/index.ts';
import { ParameterError, alibi, planAttention } from '../src/index.ts';
import { readInputs } from '../src/backend/index.ts';

describe('intermediate results that float32 cannot hold', () => {
  const sizes = { heads: 2, keyValueHeads: 1, queries: 2, keys: 2, headDim: 1 };
  const call = (given: Partial<AttentionProblem>, query: number[], key: number[], value = [5, 7]): unknown => {
    const plan = planAttention({ ...sizes, ...given });
    return readInputs(plan, Float32Array.from(query), Float32Array.from(key), Float32Array.from(value));
  };

  it('refuses products of a query and a key that it sees', () => {
    const overflowing = (): unknown => call({}, [1, 1, 1, 1e30], [1, -1e30]);
    expect(overflowing).toThrow(ParameterError);
    expect(overflowing).toThrow('scores: got up to 1.0e+60 for query 1 and key 1, in batch row 0, head 1');
    expect(() => call({ scale: 1e30 }, [1, 1, 1, 1], [1, 1e10])).toThrow('1.0e+40');
  });

  it('refuses queries that overflow by the scale alone, however small the keys are', () => {
    expect(() => call({ scale: 1e30 }, [1, 1, 1, 1e10], [1e-20, 0])).toThrow('scores: got up to 1.0e+40 for query 1 and key 0');
    expect(() => call({ scale: 1e20, softcap: 1e-10 }, [1, 1, 1, 1e10], [0, 0])).toThrow('1.0e+40');
  });

  it('checks the scores before a small scale, and numbers below 1 with huge ones', () => {
    expect(() => call({ scale: 0.25 }, [1, 1, 1, 2 ** 64], [1, 2 ** 64])).toThrow('scores: got up to 3.4e+38');
    expect(() => call({}, [0, 0, 0, 0.7], [0, 1.6 * 2 ** 127])).toThrow('scores: got up to 1.9e+38');
  });

  it('accepts half of the range of float32, and no more', () => {
    const limit = 2 ** 127;
    expect(call({}, [0, 0, 0, 1], [0, limit])).toBeDefined();
    expect(call({}, [1, 1, 1, 1], [0, 0], [limit, 0])).toBeDefined();
    expect(() => call({}, [0, 0, 0, 1], [0, limit * (1 + 2 ** -20)])).toThrow(ParameterError);
    expect(() => call({}, [1, 1, 1, 1], [0, 0], [limit * (1 + 2 ** -20), 0])).toThrow(ParameterError);
  });

  it('names the batch row, head and key, with grouped heads', () => {
    const grouped = { batch: 2, heads: 4, keyValueHeads: 2, queries: 3, keys: 2, headDim: 2 };
    const plan = planAttention({ ...grouped, mask: { keyLengths: [1, 2] } });
    const tensors = (): [Float32Array, Float32Array, Float32Array] => [
      new Float32Array(2 * 4 * 3 * 2),
      new Float32Array(2 * 2 * 2 * 2),
      new Float32Array(2 * 2 * 2 * 2),
    ];
    const large = 2 ** 70;
    const [query, key, value] = tensors();
    // Batch row 1, head 2, query 1; and key 1 of the group of heads 2 and 3: the second component of both.
    query[((1 * 4 + 2) * 3 + 1) * 2 + 1] = large;
    key[((1 * 2 + 1) * 2 + 1) * 2 + 1] = large;
    expect(() => readInputs(plan, query, key, value)).toThrow('for query 1 and key 1, in batch row 1, head 2');
    // The same key is hidden in batch row 0, and belongs to no head of the other group.
    const [hidden, other] = [tensors(), tensors()];
    hidden[0][((0 * 4 + 2) * 3 + 1) * 2] = large;
    hidden[1][((0 * 2 + 1) * 2 + 1) * 2] = large;
    expect(readInputs(plan, ...hidden)).toBeDefined();
    other[0][((1 * 4 + 1) * 3 + 1) * 2] = large;
    other[1][((1 * 2 + 1) * 2 + 1) * 2] = large;
    expect(readInputs(plan, ...other)).toBeDefined();
    const [q, k, sums] = tensors();
    sums[((1 * 2 + 0) * 2 + 1) * 2] = 3e38;
    expect(() => readInputs(plan, q, k, sums)).toThrow('over the keys of query 0, in batch row 1, head 0');
  });

  it('refuses sums of values', () => {
    expect(() => call({}, [1, 1, 1, 1], [1, 1], [1e38, 1e38])).toThrow('values: got sums up to 2.0e+38');
  });

  it.each<[string, Partial<AttentionProblem>]>([
    ['the mask', { mask: { causal: true } }],
    ['the key length', { mask: { keyLengths: [1] } }],
    ['the bias', { heads: 2, bias: alibi({ heads: 2, future: 'asymmetric' }), queries: 1, queryStart: 0 }],
  ])('does not mind what is hidden by %s', (_by, given) => {
    const query = given.queries === 1 ? [1e30, 1] : [1e30, 1, 1e30, 1];
    expect(call(given, query, [1e-30, 1e30])).toBeDefined();
  });

  it('accepts large numbers that fit', () => {
    expect(call({}, [1e18, 1e18, 1e18, 1e18], [1e18, 1e18])).toBeDefined();
  });
});
