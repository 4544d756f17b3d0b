// Every case of every built-in family: the terms agree with `value`, pair by pair; then rounding, scaling and sums of terms.
import { describe, expect, it } from 'vitest';
import type { AttentionPlan, Bias, FamilyCase, Positions } from '../src/index.ts';
import {
  ParameterError,
  UnsupportedError,
  alibi,
  builtinFamilies,
  contiguousPositions,
  explicitPositions,
  fire,
  planAttention,
} from '../src/index.ts';
import { pairReader } from '../src/backend/index.ts';
import { seeded } from './seeded.ts';
import { onlyTable, readTerms, readTermsOf, termsOf } from './terms.ts';
import { REORDERED, isNear } from './tolerances.ts';

/** Self-attention, decoding, a later start, more queries than keys, a batch, scattered positions, and both sides of each interesting distance. */
function somePositions(bias: Bias, { tokens, distances = [] }: FamilyCase): Positions[] {
  if (tokens !== undefined && bias.defaultPositions !== undefined) {
    return [explicitPositions(1, tokens, tokens, bias.defaultPositions(tokens, tokens))];
  }
  const around = distances.flatMap((distance) => [distance - 1, distance, distance + 1]);
  return [
    contiguousPositions(1, 1, 1),
    contiguousPositions(1, 9, 9),
    contiguousPositions(1, 1, 40),
    contiguousPositions(1, 6, 4, 30),
    contiguousPositions(1, 7, 3),
    contiguousPositions(2, 3, 20, [0, 17]),
    explicitPositions(2, 3, 2, { query: [0, 4, 16, 5, 17, 2], key: [3, 0, 90, 2] }),
    ...(around.length === 0 ? [] : [explicitPositions(1, 2, around.length, { query: [0, 20], key: around.map((one) => -one) })]),
  ];
}

/** The pairs at which the terms and `value` disagree, in words. */
function disagreements(bias: Bias, heads: number, positions: Positions): string[] {
  const { batch, queries, keys } = positions;
  const terms = bias.lower(positions);
  const wrong: string[] = [];
  for (let row = 0; row < batch * queries; row++) {
    for (let j = 0; j < keys; j++) {
      const position = positions.query[row];
      const distance = position - positions.key[Math.floor(row / queries) * keys + j];
      for (let head = 0; head < heads; head++) {
        const [got, want] = [readTerms(terms, head, row, distance), bias.value(head, distance, position)];
        // A table is filled by `value` itself; a term with arithmetic of its own may round differently.
        const same = terms.some(({ kind }) => kind === 'row-scaled') ? isNear(got, want, REORDERED) : got === want;
        if (!same) wrong.push(`head ${head}, distance ${distance}, query at ${position}: got ${got}, want ${want}`);
      }
    }
  }
  return wrong;
}

const CASES = builtinFamilies.flatMap((family) => family.cases.map((one) => ({ name: `${family.name}/${one.name}`, one })));

describe.each(CASES)('$name', ({ one }) => {
  it.each(one.heads ?? [1, 3, 8])('lowers to the numbers of value, for %i heads', (heads) => {
    const bias = one.create(heads, seeded(heads));
    for (const positions of somePositions(bias, one)) expect(disagreements(bias, heads, positions)).toEqual([]);
  });

  it('covers exactly the distances that occur', () => {
    const heads = one.heads?.[0] ?? 2;
    const bias = one.create(heads, seeded(1));
    for (const positions of somePositions(bias, one)) {
      const { minDistance, maxDistance } = positions;
      for (const term of bias.lower(positions)) expect(term).toMatchObject({ minDistance, maxDistance, heads });
    }
  });
});

describe('the list of families', () => {
  it('has a case for each family, and unique names', () => {
    const names = builtinFamilies.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, cases } of builtinFamilies) {
      const caseNames = cases.map((one) => one.name);
      expect([name, caseNames.length > 0, new Set(caseNames).size]).toEqual([name, true, caseNames.length]);
    }
  });

  it('documents every parameter of an initialised bias, and whether it is learned', () => {
    for (const { name: family, options, initialise } of builtinFamilies) {
      for (const [name, { learned }] of Object.entries(initialise(4, seeded(1)).parameters)) {
        const documented = options.find((one) => one.name === (/^(weight|bias)\d+$/.test(name) ? 'layers' : name));
        expect([family, name, documented?.parameter]).toEqual([family, name, learned ? 'learned' : 'fixed']);
      }
    }
  });

  it('gives parameters whose data fill their shapes', () => {
    for (const family of builtinFamilies) {
      for (const [name, { data, shape }] of Object.entries(family.initialise(4, seeded(2)).parameters)) {
        expect([family.name, name, data.length]).toEqual([
          family.name,
          name,
          shape.reduce((product, extent) => product * extent, 1),
        ]);
      }
    }
  });

  it('creates equal biases from equal random numbers, and different ones from different numbers', () => {
    for (const family of builtinFamilies.filter(({ kind }) => kind === 'learned')) {
      const [a, b, c] = [1, 1, 2].map((seed) => JSON.stringify(family.initialise(2, seeded(seed)).parameters));
      expect([family.name, a === b, a === c]).toEqual([family.name, true, false]);
    }
  });
});

function planOf(bias: Bias, queries = 2, keys = 2, biasScale = 1): AttentionPlan {
  return planAttention({ heads: Math.max(1, bias.heads), queries, keys, headDim: 1, bias, biasScale });
}

describe('planning', () => {
  it('rounds each number to the nearest float32', () => {
    const bias = alibi({ heads: 1, beta: 0.1 });
    const exact = onlyTable(bias.lower(contiguousPositions(1, 4, 4)));
    const { values } = onlyTable(termsOf(planOf(bias, 4, 4)));
    expect(values).toBeInstanceOf(Float32Array);
    expect([...values]).toEqual([...exact.values].map(Math.fround));
  });

  it('accepts -Infinity, and refuses what float32 cannot hold', () => {
    const hiding = planOf(alibi({ heads: 2, future: 'asymmetric' }));
    expect(pairReader(hiding)(0, 0, -1)).toBe(-Infinity);
    for (const slope of [1e39, -1e39]) {
      const call = (): unknown => planOf(alibi({ heads: 1, slopes: [slope] }));
      expect(call).toThrow(ParameterError);
      expect(call).toThrow('float32 can hold');
    }
  });

  const row = { kind: 'row-scaled', heads: 1, minDistance: 0, maxDistance: 0 } as const;
  const lists = { features: [1], rowScales: [1], breaks: [0], slopes: [1, 1], intercepts: [0, 0] };
  const biasOf = (...terms: object[]): Bias => ({
    ...alibi({ heads: 1 }),
    value: (head, distance) => readTerms(terms as never, head, 0, distance),
    lower: () => terms as never,
  });
  const rowScaled = (changed: Partial<typeof lists>): object => ({
    ...row,
    ...Object.fromEntries(Object.entries({ ...lists, ...changed }).map(([name, list]) => [name, Float64Array.from(list)])),
  });

  it('accepts -Infinity only where it hides pairs; elsewhere it would make NaN', () => {
    const hiding = planOf(biasOf(rowScaled({ intercepts: [0, -Infinity] })), 1, 1);
    expect(pairReader(hiding)(0, 0, 0)).toBe(-Infinity);
    for (const name of ['features', 'rowScales', 'breaks', 'slopes'] as const) {
      const plan = (): unknown => planOf(biasOf(rowScaled({ [name]: lists[name].map(() => -Infinity) })), 1, 1);
      expect(plan).toThrow('bias: got -Infinity, wanted numbers that float32 can hold.');
    }
  });

  it('refuses intermediate results that would overflow, in the reproducible profile too: they would hide a pair', () => {
    const table = { kind: 'per-distance', heads: 1, minDistance: 0, maxDistance: 0, values: Float64Array.of(-3e38) };
    const plan = (...terms: object[]) =>
      planAttention({ ...ONE_PAIR, bias: biasOf(...terms), biasScale: 1e-30, numerics: 'reproducible' });
    expect(pairReader(plan(table))(0, 0, 0)).toBe(Math.fround(-3e38));
    expect(() => plan(table, table)).toThrow('bias: got sizes up to 6.0e+38');
    expect(() => plan(rowScaled({ slopes: [1e38, 1e38], features: [1e10] }))).toThrow('bias: got sizes up to 1.0e+48');
  });
});

const ONE_PAIR = { heads: 1, queries: 1, keys: 1, headDim: 1 };

describe('biasScale', () => {
  it('multiplies the bias of every family, and keeps hidden pairs hidden even by 0', () => {
    for (const family of builtinFamilies) {
      for (const one of family.cases.filter(({ tokens }) => tokens === undefined)) {
        const bias = one.create(one.heads?.[0] ?? 2, seeded(3));
        const plan = planOf(bias, 3, 20);
        const [plain, zero, double] = [1, 0, 2].map((biasScale) => pairReader({ ...plan, biasScale }));
        for (let distance = plan.positions.minDistance; distance <= plan.positions.maxDistance; distance++) {
          const hidden = plain(0, 1, distance) === -Infinity;
          const got = [
            zero(0, 1, distance) === (hidden ? -Infinity : 0),
            isNear(double(0, 1, distance), 2 * plain(0, 1, distance), REORDERED),
          ];
          expect([family.name, one.name, distance, ...got]).toEqual([family.name, one.name, distance, true, true]);
        }
      }
    }
  });

  it('is refused if it makes the bias exceed float32', () => {
    const plan = planOf(alibi({ heads: 1, beta: 1e30 }));
    // Past float64, too: there the product is -Infinity itself, which must not read as a hidden pair.
    for (const biasScale of [1e30, 1e300]) expect(() => readTermsOf({ ...plan, biasScale })).toThrow(ParameterError);
  });

  it('is applied by the reproducible profile itself, to the bias of each pair', () => {
    const plan = planAttention({
      heads: 1,
      queries: 1,
      keys: 3,
      headDim: 1,
      bias: alibi({ heads: 1, beta: 1 }),
      biasScale: 3,
      numerics: 'reproducible',
    });
    expect([...onlyTable(readTermsOf(plan)).values]).toEqual([-0, -1, -2]);
  });
});

describe('a sum of terms', () => {
  const near = alibi({ heads: 2, beta: 0.1 });
  const far = alibi({ heads: 2, slopes: [0.3, 0.7] });
  const network = fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 2 });
  const sum = (...biases: readonly Bias[]): Bias => ({
    ...near,
    value: (...pair) => biases.reduce((total, one) => total + one.value(...pair), 0),
    lower: (positions) => biases.flatMap((one) => one.lower(positions)),
  });

  it('is read term by term, each sum rounded to float32', () => {
    const read = pairReader(planOf(sum(near, far), 4, 4));
    expect(read(0, 0, 3)).toBe(Math.fround(Math.fround(-0.1 * 3) + Math.fround(-0.3 * 3)));
  });

  it('of terms by distance is one table of the same numbers', () => {
    const plan = planOf(sum(near, far, near), 5, 5, 0.7);
    const read = pairReader(plan);
    const { values, minDistance } = onlyTable(readTermsOf(plan));
    expect([...values]).toEqual([0, 1].flatMap((h) => Array.from({ length: 9 }, (_, n) => read(h, 0, minDistance + n))));
  });

  it('of terms that depend on the row is refused by kernels that read one term, and read by the others', () => {
    const plan = planOf(sum(near, network), 9, 9);
    expect(() => readTermsOf(plan)).toThrow(UnsupportedError);
    expect(() => readTermsOf(plan)).toThrow('problem.bias: got a sum of 2 terms that depend on more than the distance');
    const wanted = sum(near, network).value(1, 3, 7);
    expect(isNear(pairReader(plan)(1, 7, 3), wanted, 2 ** -22)).toBe(true);
  });
});
