// The bias of a pair depends on the pair and its row only: not on the other rows and keys of a problem, its batch, or the range of its
// tables. Checked for every case of every family, every pair, bit for bit, as kernels read it in float32.
import { describe, expect, it } from 'vitest';
import type { AttentionPlan, AttentionProblem, FamilyCase } from '../src/index.ts';
import { builtinFamilies, planAttention } from '../src/index.ts';
import { pairReader, sumOf } from '../src/backend/index.ts';
import { seeded } from './seeded.ts';
import { readTermsOf } from './terms.ts';

type Tokens = Pick<AttentionProblem, 'batch' | 'queries' | 'keys' | 'queryStart' | 'positions' | 'mask'>;

/** The same tokens with other neighbours: each problem has some of the rows and keys of a full pass over 40. */
const OTHERS: Readonly<Record<string, Tokens>> = {
  'a shorter pass': { queries: 12, keys: 12 },
  'a much longer pass': { queries: 700, keys: 700 },
  'one query': { queries: 1, keys: 40, queryStart: 17 },
  'some queries': { queries: 9, keys: 40, queryStart: 3 },
  'a batch whose other row stands far away': { batch: 2, queries: 9, keys: 40, queryStart: [3, 30_000] },
  'explicit positions, far ones among them': {
    queries: 3,
    keys: 4,
    positions: { query: [5, 19, 20_000], key: [0, 7, 25, 9_000] },
  },
};

/** Of each pair of the first batch row, by its positions: the bias under both scalings, pair by pair and from a table. */
function* biases(plan: AttentionPlan): Generator<[pair: string, bias: number]> {
  const { heads, queries, keys, positions } = plan;
  for (const factor of [1, -0.37]) {
    const scaled = { ...plan, biasScale: factor };
    const byPair = pairReader(scaled);
    // What kernels with one term read: a table where that can be.
    const byTerm = pairReader({ ...plan, biasScale: 1, lowered: sumOf(readTermsOf(scaled)) });
    for (let i = 0; i < Math.min(queries, 40); i++) {
      for (let j = 0; j < Math.min(keys, 40); j++) {
        const distance = positions.query[i] - positions.key[j];
        for (let h = 0; h < heads; h++) {
          const pair = `${factor} * bias of head ${h}, query at ${positions.query[i]}, key at ${positions.key[j]}`;
          yield [pair, byPair(h, i, distance)];
          yield [pair, byTerm(h, i, distance)];
        }
      }
    }
  }
}

const CASES = builtinFamilies.flatMap((family) =>
  family.cases.filter(({ tokens }) => tokens === undefined).map((one) => ({ name: `${family.name}/${one.name}`, one })),
);

function planOf(one: FamilyCase, tokens: Tokens): AttentionPlan {
  const heads = one.heads?.[0] ?? 2;
  return planAttention({ heads, headDim: 2, bias: one.create(heads, seeded(5)), ...tokens });
}

describe.each(CASES)('$name', ({ one }) => {
  const full = new Map(biases(planOf(one, { queries: 40, keys: 40 })));

  it.each(Object.entries(OTHERS))('has the same bias in %s', (_name, tokens) => {
    const found = [...biases(planOf(one, tokens))].filter(([pair]) => full.has(pair));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(([pair, bias]) => !Object.is(bias, full.get(pair)))).toEqual([]);
  });
});
