// Every case of every built-in family: the closed form says what `value` says, pair by pair; then rounding and scaling of forms.
import { describe, expect, it } from 'vitest';
import type { Bias, FamilyCase, Positions } from '../src/index.ts';
import {
  ParameterError,
  alibi,
  builtinFamilies,
  contiguousPositions,
  explicitPositions,
  none,
  roundLowered,
  scaleLowered,
} from '../src/index.ts';
import { asToeplitz, readForm } from './forms.ts';
import { seeded } from './seeded.ts';
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

/** The pairs at which the form and `value` disagree, in words. */
function disagreements(bias: Bias, heads: number, positions: Positions): string[] {
  const { batch, queries, keys } = positions;
  const form = bias.lower(positions);
  const wrong: string[] = [];
  for (let row = 0; row < batch * queries; row++) {
    for (let j = 0; j < keys; j++) {
      const position = positions.query[row];
      const distance = position - positions.key[Math.floor(row / queries) * keys + j];
      for (let head = 0; head < heads; head++) {
        const [got, want] = [readForm(form, head, row, distance), bias.value(head, distance, position)];
        // A table is filled by `value` itself; a form with arithmetic of its own may round differently.
        const same = form.form === 'row-scaled' ? isNear(got, want, REORDERED) : got === want;
        if (!same) wrong.push(`head ${head}, distance ${distance}, query at ${position}: got ${got}, want ${want}`);
      }
    }
  }
  return wrong;
}

const CASES = builtinFamilies.flatMap((family) => family.cases.map((one) => ({ name: `${family.name}/${one.name}`, one })));

describe.each(CASES)('$name', ({ one }) => {
  it.each(one.heads ?? [1, 3, 8])('lowers to what value says, for %i heads', (heads) => {
    const bias = one.create(heads, seeded(heads));
    for (const positions of somePositions(bias, one)) expect(disagreements(bias, heads, positions)).toEqual([]);
  });

  it('covers exactly the distances that occur', () => {
    const heads = one.heads?.[0] ?? 2;
    const bias = one.create(heads, seeded(1));
    for (const positions of somePositions(bias, one)) {
      const { minDistance, maxDistance } = positions;
      const form = bias.lower(positions);
      const want = form.form === 'none' ? {} : { minDistance, maxDistance, heads };
      expect(form).toMatchObject(want);
    }
  });
});

describe('the list of families', () => {
  it('has a case and unique names everywhere', () => {
    const names = builtinFamilies.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, cases } of builtinFamilies) {
      const caseNames = cases.map((one) => one.name);
      expect([name, caseNames.length > 0, new Set(caseNames).size]).toEqual([name, true, caseNames.length]);
    }
  });

  it('documents every parameter that a fresh bias has, and whether it is learned', () => {
    for (const family of builtinFamilies) {
      const documented = new Map(
        family.parameters.flatMap((one) => one.name.split(', ').map((name) => [name, one.learned] as const)),
      );
      const { parameters } = family.initialise(4, seeded(1));
      const undocumented = Object.keys(parameters).filter((name) => !documented.has(name) && !documented.has('...'));
      expect([family.name, undocumented]).toEqual([family.name, []]);
      const wrong = Object.entries(parameters).filter(
        ([name, { learned }]) => documented.has(name) && documented.get(name) !== learned,
      );
      expect([family.name, wrong.map(([name]) => name)]).toEqual([family.name, []]);
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

  it('creates equal biases from equal random numbers, and others from others', () => {
    for (const family of builtinFamilies.filter(({ kind }) => kind === 'learned')) {
      const [a, b, c] = [1, 1, 2].map((seed) => JSON.stringify(family.initialise(2, seeded(seed)).parameters));
      expect([family.name, a === b, a === c]).toEqual([family.name, true, false]);
    }
  });
});

describe('roundLowered', () => {
  it('rounds each number to the nearest float32', () => {
    const form = asToeplitz(alibi({ heads: 1, beta: 0.1 }).lower(contiguousPositions(1, 4, 4)));
    const rounded = asToeplitz(roundLowered(form));
    expect(rounded.values).toBeInstanceOf(Float32Array);
    expect([...rounded.values]).toEqual([...form.values].map(Math.fround));
  });

  it('lets -Infinity through, and refuses what float32 cannot hold', () => {
    const hiding = alibi({ heads: 2, future: 'asymmetric' }).lower(contiguousPositions(1, 2, 2));
    expect(readForm(roundLowered(hiding), 0, 0, -1)).toBe(-Infinity);
    for (const slope of [1e39, -1e39]) {
      const call = (): unknown => roundLowered(alibi({ heads: 1, slopes: [slope] }).lower(contiguousPositions(1, 2, 2)));
      expect(call).toThrow(ParameterError);
      expect(call).toThrow('float32 can hold');
    }
  });
});

describe('scaleLowered', () => {
  it('multiplies the bias of every form, and keeps hidden pairs hidden even by 0', () => {
    const positions = contiguousPositions(1, 3, 20, 17);
    for (const family of builtinFamilies) {
      for (const one of family.cases.filter(({ tokens }) => tokens === undefined)) {
        const heads = one.heads?.[0] ?? 2;
        const form = roundLowered(one.create(heads, seeded(3)).lower(positions));
        const [zero, double] = [0, 2].map((factor) => scaleLowered(form, factor));
        for (let distance = positions.minDistance; distance <= positions.maxDistance; distance++) {
          const plain = readForm(form, 0, 1, distance);
          const hidden = plain === -Infinity;
          const got = [
            readForm(zero, 0, 1, distance) === (hidden ? -Infinity : 0),
            isNear(readForm(double, 0, 1, distance), 2 * plain, REORDERED),
          ];
          expect([family.name, one.name, distance, ...got]).toEqual([family.name, one.name, distance, true, true]);
        }
      }
    }
  });

  it('refuses a factor that takes the bias beyond float32', () => {
    const form = roundLowered(alibi({ heads: 1, beta: 1e30 }).lower(contiguousPositions(1, 2, 2)));
    // Past float64, too: there the product is -Infinity itself, which must not read as a hidden pair.
    for (const factor of [1e30, 1e300]) expect(() => scaleLowered(form, factor)).toThrow(ParameterError);
    expect(scaleLowered(roundLowered(none().lower(contiguousPositions(1, 2, 2))), 1e30)).toEqual({ form: 'none' });
  });
});
