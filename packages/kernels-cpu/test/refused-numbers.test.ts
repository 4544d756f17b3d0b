// The kernel checks numbers as they are copied in, part by part: no invalid number may pass between two parts.
import type { AttentionProblem } from '@relbias/bias-spec';
import type { PreparedCpuAttention } from '@relbias/kernels-cpu';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { describe, expect, test } from 'vitest';
import { draw } from './draw.ts';

/** 200 rows of 37 columns: several row blocks of queries, pieces of keys, and rests that fill no vector. */
const sizes = { heads: 2, keyValueHeads: 1, queries: 200, keys: 1000, headDim: 37, valueDim: 37 };
const LENGTH = 900;
const NAMES = ['query', 'key', 'value'] as const;

const problem = { ...sizes, mask: { keyLengths: [LENGTH] } };
const prepare = (given: Partial<AttentionProblem> = {}): PreparedCpuAttention =>
  createCpuBackendSync().prepareSync({ ...problem, ...given });

function numbers(): Record<(typeof NAMES)[number], Float32Array> {
  const [query, key, value] = draw(problem);
  return { query, key, value };
}

/** The first and the last number of a tensor, of a row block, of a part, and of a partial vector. */
const PLACES = {
  query: [0, 36, 37, 96 * 37 - 1, 96 * 37, 200 * 37 - 1, 200 * 37, 400 * 37 - 1],
  key: [0, 15, 16, 440 * 37 - 1, 440 * 37, LENGTH * 37 - 2, LENGTH * 37 - 1],
  value: [0, 15, 16, 440 * 37 - 1, 440 * 37, LENGTH * 37 - 2, LENGTH * 37 - 1],
};

describe.each(NAMES)('%s', (name) => {
  test.each([Number.NaN, Infinity, -Infinity])('%f at any index, copied and in place', (bad) => {
    const prepared = prepare();
    const own = prepared.allocate();
    for (const at of PLACES[name]) {
      const given = numbers();
      given[name][at] = bad;
      const refusal = `${name}.data[${at}]: got ${bad}, wanted a finite number`;
      expect(() => prepared.runSync(given.query, given.key, given.value)).toThrow(refusal);
      for (const tensor of NAMES) own[tensor].data.set(given[tensor]);
      expect(() => prepared.runSync(own.query, own.key, own.value)).toThrow(refusal);
    }
    const good = numbers();
    expect(prepared.runSync(good.query, good.key, good.value).output.data.every(Number.isFinite)).toBe(true);
  });
});

test('padding may hold anything', () => {
  const given = numbers();
  given.key.fill(Number.NaN, LENGTH * 37);
  given.value.fill(Infinity, LENGTH * 37);
  expect(prepare().runSync(given.query, given.key, given.value).output.data.every(Number.isFinite)).toBe(true);
});

test('large numbers are accepted as long as float32 holds the results', () => {
  const given = numbers();
  given.key.fill(0, 0, 37);
  given.value.fill(2 ** 60, 0, 37);
  expect(prepare().runSync(given.query, given.key, given.value).output.data.every(Number.isFinite)).toBe(true);
  given.key.fill(2 ** 125);
  expect(() => prepare().runSync(given.query, given.key, given.value)).toThrow(/^scores: got up to/);
});

test('a large scale makes scores of small numbers overflow', () => {
  const given = numbers();
  expect(() => prepare({ scale: 2 ** 126 }).runSync(given.query, given.key, given.value)).toThrow(/^scores: got up to/);
});
