// The comparison with the oracle at NaN and infinities: an element that is not a number fails at any index.
import { planAttention } from '@relbias/bias-spec';
import { expect, test } from 'vitest';
import { compare, expectationOf } from '../src/compare.ts';
import { naive32 } from '../src/naive32.ts';

test.each([
  ['first', [3e38, 1]],
  ['last', [1, 3e38]],
])('NaN in the %s row fails, although naive float32 overflows there too', (_place, query) => {
  const plan = planAttention({ heads: 1, queries: 2, keys: 2, headDim: 1, convention: 'unscaled' });
  const inputs = { query: Float32Array.from(query), key: Float32Array.of(3, 2), value: Float32Array.of(1, 2) };
  const naive = naive32(plan, inputs);
  expect(naive.output.some(Number.isNaN)).toBe(true);
  expect(compare(expectationOf(plan, inputs), naive)).toMatchObject({
    status: 'fail',
    worst: { got: 'NaN' },
    margin: '-Infinity',
  });
});
