// Results whose logits are out of the range of the reproducible profile: refused, naming the row, unlike rows that see no key.
import { expect, it } from 'vitest';
import type { AttentionProblem } from '../src/index.ts';
import { ParameterError, alibi, planAttention } from '../src/index.ts';
import { areLogitsInRange, reproducibleAttention, requireLogitsInRange } from '../src/reproducible/index.ts';

const ONE = { heads: 1, headDim: 1, scale: 1, numerics: 'reproducible' } as const;

/** Scores of `query` and `key` are logits in nats. */
function refused(query: readonly number[], key: readonly number[], rest: Partial<AttentionProblem> = {}): () => void {
  const plan = planAttention({ ...ONE, queries: query.length, keys: key.length, ...rest });
  const value = new Float32Array(key.length).fill(1);
  const { logSumExp } = reproducibleAttention(plan, Float32Array.from(query), Float32Array.from(key), value);
  expect(areLogitsInRange(logSumExp) || logSumExp.some((one) => one < -22679 || one >= 22711)).toBe(true);
  return () => requireLogitsInRange(plan, logSumExp);
}

it.each<[string, number[], number[], Partial<AttentionProblem>, RegExp]>([
  ['a logit above the range', [1, 200], [3, 200], {}, /query of batch row 0, head 0, row 1: got logits above 22712 nats/],
  ['a row whose logits all lie below it', [-200], [150, 200], {}, /row 0: got no logit above -22679 nats/],
  ['a row that has lost keys only', [-1], [22711, 22712.4], {}, /row 0: got no logit above -22679 nats/],
  [
    'a bias that takes a row out of it',
    [1],
    [1, 2],
    { bias: alibi({ heads: 1, slopes: [3e4] }), queryStart: 5 },
    /no logit above/,
  ],
  [
    'the first of a batch that is out of it',
    [1, 1, -200, -200],
    [200, 200, 200, 200],
    { batch: 2, queries: 2, keys: 2 },
    /batch row 1, head 0, row 0/,
  ],
])('refuses %s', (_name, query, key, rest, message) => {
  const call = refused(query, key, rest);
  expect(call).toThrow(ParameterError);
  expect(call).toThrow(message);
  expect(call).toThrow(
    'wanted a log-sum-exp from -22679 to 22712. Reduce the scale, the bias or the inputs, or use numerics: "fast".',
  );
});

it.each<[string, number[], number[], Partial<AttentionProblem>]>([
  ['both ends', [150, -150], [151, -151], {}],
  ['keys that are far below the others', [1], [-1e9, 3], {}],
  ['rows before the first key', [1, 2, 3], [1, 2], { queryStart: -2, mask: { causal: true } }],
  ['rows of a batch row without keys', [1, 1], [1, 1], { batch: 2, queries: 1, keys: 1, mask: { keyLengths: [1, 0] } }],
  ['rows of a segment without keys', [1, 2], [1, 2], { mask: { segments: { query: [7, 1], key: [1, 1] } } }],
  [
    'rows that the bias hides',
    [1, 2, 3, 4],
    [1, 2],
    { heads: 2, queries: 2, keys: 1, bias: alibi({ heads: 2, future: 'asymmetric' }), queryStart: -1 },
  ],
])('takes %s', (_name, query, key, rest) => {
  expect(refused(query, key, rest)).not.toThrow();
});
