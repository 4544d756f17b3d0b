// Padding and queryStart: the position of a query must not be guessed when some keys are padding. Ragged decoding, written as in the docs,
// gives what each row gives alone. Without anything that depends on positions, queryStart is not needed.
import { describe, expect, it } from 'vitest';
import type { AttentionProblem } from '../src/index.ts';
import { ParameterError, alibi, planAttention, t5 } from '../src/index.ts';
import { oracle } from '../src/oracle/index.ts';
import { seeded, signedNumbers } from './seeded.ts';

const [heads, headDim, keys] = [2, 4, 9];
const bias = t5({ heads, table: signedNumbers(seeded(1), 32 * heads), bidirectional: false });

/** The first `length` keys of one batch row, of [batch, heads, keys, headDim]. */
function cut(data: Float64Array, row: number, length: number): Float64Array {
  const out = new Float64Array(heads * length * headDim);
  for (let head = 0; head < heads; head++) {
    const from = (row * heads + head) * keys * headDim;
    out.set(data.subarray(from, from + length * headDim), head * length * headDim);
  }
  return out;
}

describe.each<[string, Partial<AttentionProblem>]>([
  ['T5, causal', { bias, mask: { causal: true } }],
  ['a window', { mask: { window: { left: 2, right: 0 } } }],
  ['ALiBi', { bias: alibi({ heads }) }],
])('ragged decoding: %s', (_name, part) => {
  it.each([1, 3])('%d queries at the last keys of each row see what they would see in a problem of this row alone', (queries) => {
    const keyLengths = [9, 4, 6];
    const batch = keyLengths.length;
    const random = seeded(2);
    const query = signedNumbers(random, batch * heads * queries * headDim);
    const [key, value] = [
      signedNumbers(random, batch * heads * keys * headDim),
      signedNumbers(random, batch * heads * keys * headDim),
    ];
    const queryStart = keyLengths.map((length) => length - queries);
    const plan = planAttention({ ...part, batch, heads, queries, keys, headDim, queryStart, mask: { ...part.mask, keyLengths } });
    const { output } = oracle(plan, query, key, value);
    const size = heads * queries * headDim;
    for (const [row, length] of keyLengths.entries()) {
      const alone = planAttention({ ...part, heads, queries, keys: length, headDim });
      const own = oracle(alone, query.subarray(row * size, (row + 1) * size), cut(key, row, length), cut(value, row, length));
      expect([...output.subarray(row * size, (row + 1) * size)]).toEqual([...own.output]);
    }
  });
});

it.each<[string, Partial<AttentionProblem>]>([
  ['as many queries as keys: a padded batch', { queries: keys, bias, mask: { causal: true, keyLengths: [4] } }],
  ['whole rows', { queries: 2, bias, mask: { causal: true, keyLengths: [keys] } }],
  ['nothing that reads positions: cross-attention', { queries: 2, mask: { keyLengths: [4] } }],
  ['a stated start', { queries: 2, bias, queryStart: 2, mask: { keyLengths: [4] } }],
  [
    'stated positions',
    { queries: 1, bias, positions: { query: [3], key: [0, 1, 2, 3, 4, 5, 6, 7, 8] }, mask: { keyLengths: [4] } },
  ],
])('takes %s', (_name, part) => {
  expect(planAttention({ heads, queries: 1, keys, headDim, ...part }).mask.keyLengths[0]).toBeGreaterThan(0);
});

it.each<[string, Partial<AttentionProblem>, string]>([
  [
    'a chunk of a padded batch that does not say where it begins',
    { batch: 2, queries: 3, bias, mask: { keyLengths: [9, 2] } },
    'problem.queryStart: got none for 3 queries and mask.keyLengths [9, 2] of 9 keys, wanted the position of query 0 in each batch row. ' +
      'If the last query is at the last key of its row: queryStart: keyLengths.map((length) => length - queries). ' +
      'If all rows begin at the same token: its number.',
  ],
  ['one query under a window', { mask: { keyLengths: [4], window: { left: 2 } } }, 'problem.queryStart: got none for 1 queries'],
  ['one query, causal', { mask: { keyLengths: [4], causal: true } }, 'problem.queryStart: got none'],
  [
    'more queries than keys',
    { queries: 12, mask: { keyLengths: [4], causal: true } },
    'problem.queryStart: got none for 12 queries',
  ],
])('refuses %s', (_name, part, message) => {
  const call = (): unknown => planAttention({ heads, queries: 1, keys, headDim, ...part });
  expect(call).toThrow(ParameterError);
  expect(call).toThrow(message);
});
