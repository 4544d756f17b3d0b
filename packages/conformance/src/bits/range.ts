// The limits of the range of logits under the reproducible profile: results out of range must be refused, rows without a visible key must not.
// And the log-sum-exp that needs the most terms of its series.
//
//     bits/range/<name>
import type { AttentionProblem } from '@relbias/bias-spec';
import { alibi } from '@relbias/bias-spec';
import type { Case } from '../case.ts';
import type { BitsScenario } from './judge.ts';
import { judgeBits } from './judge.ts';

/** Scores are logits in nats; one head with one component, all values 1, 2, 3, ... */
function scores(query: readonly number[], key: readonly number[], rest: Partial<AttentionProblem> = {}): BitsScenario {
  const [queries, keys] = [query.length, key.length];
  return {
    problem: { heads: 1, queries, keys, headDim: 1, scale: 1, ...rest, numerics: 'reproducible' },
    query: Float32Array.from(query),
    key: Float32Array.from(key),
    value: Float32Array.from(key, (_, j) => j + 1),
  };
}

const SCENARIOS: Readonly<Record<string, () => BitsScenario>> = {
  // Above the upper limit all logits are clamped to one value: two keys would get equal weights.
  above: () => scores([1, 200], [150, 200, 3]),
  'far-above': () => scores([1, 1e9], [150, 200, 3]),
  'just-within': () => scores([150, -150], [151, 150.5, -151]),
  // Below the lower limit a row would look like one without a visible key.
  below: () => scores([1, -200], [150, 200, 180]),
  'far-below': () => scores([-1e9, 1], [150, 200, 180]),
  // The largest logit is in range, one with a quarter of its weight is not.
  'at-the-lower-end': () => scores([-1], [22711, 22712.4]),
  'by-the-bias': () => scores([1, 1], [1, 2, 3], { bias: alibi({ heads: 1, slopes: [3e4] }), queryStart: 5 }),
  // A sum that tells a series up to s^17 from one up to s^15: nearly a tie of two float32. No other was found where |M + e| is at most 3000.
  'log-series': () => rowSumOf(841, 0x371be9),
  // Rows without a visible key are not out of range.
  nothing: () => scores([1, 2, 3], [1, 2], { queryStart: -2, mask: { causal: true } }),
  segments: () => scores([1, 2], [1, 2, 3], { mask: { segments: { query: [7, 1], key: [1, 1, 0] } } }),
  'hidden-by-the-bias': () =>
    scores([1, 2, 3, 4], [1, 2], {
      heads: 2,
      queries: 2,
      keys: 1,
      bias: alibi({ heads: 2, future: 'asymmetric' }),
      queryStart: -1,
    }),
};

/**
 * A row whose maximum is 2^rowMax and whose sum is 1 + fraction * 2^-23, exactly: exp(ln 2 * x) = 2^x, one key for the 1 and one for each bit
 * of the fraction.
 */
function rowSumOf(rowMax: number, fraction: number): BitsScenario {
  const bits = Array.from({ length: 23 }, (_, bit) => bit).filter((bit) => (fraction >> bit) & 1);
  return scores([1], [rowMax, ...bits.map((bit) => rowMax + bit - 23)], { scale: Math.LN2 });
}

/** All of them. */
export const rangeCases: readonly Case[] = Object.entries(SCENARIOS).map(([name, make]) => ({
  name: `bits/range/${name}`,
  family: 'bits',
  judge: async (backend, context) => judgeBits(backend, make(), context),
}));
