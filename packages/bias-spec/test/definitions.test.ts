// The definitions of all families as programs and forms read them: every option is described, taken by `create`, and refused where it is wrong.
import { describe, expect, it } from 'vitest';
import type { FamilyDefinition, FamilyOption } from '../src/index.ts';
import { RelbiasError, builtinFamilies, forEveryHead, t5Bucket, t5Family, withBookPair } from '../src/index.ts';
import { seeded } from './seeded.ts';

const HEADS = 4;
const FAMILIES = builtinFamilies.map((family) => [family.name, family] as const);

/** The options and parameters of an initialised bias. */
function fullOptions({ options, initialise }: FamilyDefinition): Record<string, unknown> {
  const { parameters } = initialise(HEADS, seeded(1));
  const layers = Object.keys(parameters)
    .filter((name) => name.startsWith('weight'))
    .map((name) => ({ weight: parameters[name].data, bias: parameters[name.replace('weight', 'bias')].data }));
  const given = options.flatMap((option): [string, unknown][] => {
    const { name } = option;
    if (option.kind === 'layers') return [[name, layers]];
    if (Object.hasOwn(parameters, name)) {
      return [[name, option.kind === 'number' ? parameters[name].data[0] : parameters[name].data]];
    }
    if (option.kind === 'integer' && option.initialisation !== undefined) return [[name, Number(option.initialisation)]];
    return option.default === undefined ? [] : [[name, option.default]];
  });
  return Object.fromEntries(given);
}

/** What it returns, as text, or says in refusing. */
function messageOf(work: () => unknown): string {
  try {
    return String(work());
  } catch (error) {
    if (error instanceof RelbiasError) return error.message;
    throw error;
  }
}

/** LaTeX that every reader knows, and the bias itself. */
const NOTATION =
  /\\mathrm\{(?:bias|sign)\}|\\(?:begin|end)\{cases\}|\\text\{[^}]*\}|\\(?:left|right|frac|ln|max|min|cos|sum|lfloor|rfloor|lceil|rceil|q?quad|le|ge|in|to|dots|cdot)(?![a-z])|_h\(i, j\)/g;

/** The symbols of a formula: letters with what stands below them, and named functions. */
function symbolsIn(tex: string): string[] {
  const index = /_h\(i, j\)/.test(tex) ? ['h', 'i', 'j'] : [];
  const found = tex.replaceAll(NOTATION, ' ').match(/\\[a-z]+\{[A-Za-z]+\}|\\?[A-Za-z]+(?:_(?:\w|\{[\w,]+\}))?/g) ?? [];
  return [...index, ...found];
}

/** One bucket for each doubling of the distance, 12 to each side: what a bucketed table begins with, by real logarithms. */
function octaves(distance: number): number {
  return 12 + Math.sign(distance) * Math.min(12, Math.floor(1 + Math.log2(Math.abs(distance) || 0.5)));
}

/** A value that an option of its kind must refuse. */
function wrong(option: FamilyOption): unknown {
  if (option.kind === 'integer') return option.least - 1;
  if (option.kind === 'number') return option.above ?? Number.NaN;
  if (option.kind === 'numbers') return ['1'];
  return 'neither of these';
}

describe.each(FAMILIES)('%s', (_name, family) => {
  const { options, create, initialise, example = {} } = family;
  // Three options of ALiBi stand for the slopes, and two of T5 for others; a function cannot be drawn.
  const alternatives = ['beta', 'biasMax', 'nb', 'distMax'];

  it('describes each option once', () => {
    const names = options.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const one of options) expect([one.name, one.required === true && one.default !== undefined]).toEqual([one.name, false]);
  });

  it('defines every symbol of its formula, and no other', () => {
    const defined = family.symbols?.flatMap(([tex]) => symbolsIn(tex)) ?? [];
    expect(defined.toSorted()).toEqual([...new Set(symbolsIn(family.formula))].toSorted());
    for (const [, meaning] of family.symbols ?? []) expect(meaning).toMatch(/^\S.*[^.]$/);
  });

  it('creates from the options that it describes the same bias as `initialise`', () => {
    const all = Object.entries(fullOptions(family)).filter(([name]) => !alternatives.includes(name));
    const code = family.name === 'bucketed' ? { bucket: octaves, buckets: 25 } : {};
    const made = create({ heads: HEADS, ...code, ...Object.fromEntries(all) });
    const fresh = initialise(HEADS, seeded(1));
    expect(made.parameters).toEqual(fresh.parameters);
    for (const distance of [-6, -1, 0, 1, 5]) expect(made.value(3, distance, 5)).toBe(fresh.value(3, distance, 5));
  });

  it('describes what its function reads, and nothing else', () => {
    const read = /wanted one of ([\w, ]+)/.exec(messageOf(() => create({ heads: HEADS, stray: 1 })))?.[1].split(', ') ?? [];
    const described = options.map((one) => one.name).filter((one) => !['nb', 'distMax'].includes(one));
    expect(read.toSorted()).toEqual(['heads', ...described].toSorted());
  });

  it('has the defaults that it describes', () => {
    const code = family.name === 'bucketed' ? { bucket: octaves, buckets: 25 } : {};
    const needed = Object.entries(fullOptions(family)).filter(([name]) => options.find((one) => one.name === name)?.required);
    const all = { heads: HEADS, ...code, ...Object.fromEntries(needed) };
    const sample = (given: object): string[] => {
      const made = create({ ...all, ...given });
      const distances = Array.from({ length: 1201 }, (_, index) => index - 600);
      return distances.map((distance) => messageOf(() => [5, 600].map((position) => made.value(3, distance, position))));
    };
    const missed = options.map(({ name }) => [name, messageOf(() => create({ ...all, [name]: undefined }).family)] as const);
    const refused = missed.filter(([, said]) => said !== family.name).map(([name]) => name);
    expect(refused).toEqual(options.filter(({ required }) => required).map(({ name }) => name));
    for (const { name, default: value } of options.filter((one) => one.kind !== 'numbers' && one.default !== undefined)) {
      expect([name, sample({ [name]: value })]).toEqual([name, sample({})]);
    }
  });

  it('takes every choice that it describes', () => {
    for (const option of options) {
      const choices = option.kind === 'choice' ? option.choices : option.kind === 'boolean' ? [true, false] : [];
      for (const choice of choices) {
        expect(initialise(HEADS, seeded(1), { [option.name]: choice }).family).toBe(family.name);
      }
    }
  });

  it.each(options.map((option) => [option.name, option] as const))('refuses a wrong %s', (name, option) => {
    expect(() => initialise(HEADS, seeded(1), { [name]: wrong(option) })).toThrow(RelbiasError);
    expect(() => initialise(HEADS, seeded(1), { [name]: wrong(option) })).toThrow(name);
  });

  it('refuses unknown options, and missing required ones', () => {
    expect(() => create({ heads: HEADS, stray: 1 })).toThrow(/stray: got the unknown option 'stray'/);
    expect(() => initialise(HEADS, seeded(1), { stray: 1 })).toThrow(/stray: got the unknown option 'stray'/);
    const outcome = messageOf(() => create({ heads: HEADS }).family);
    expect(outcome).toMatch(options.some(({ required }) => required) ? /: got undefined, wanted / : /^[\w-]+$/);
  });

  it('draws the learned parameters of its example', () => {
    const settings = forEveryHead(family, HEADS, example);
    const bias = initialise(HEADS, seeded(1), settings);
    expect(bias.family).toBe(family.name);
    expect(JSON.stringify(initialise(HEADS, seeded(1), settings))).toBe(JSON.stringify(bias));
    if (Object.keys(settings).length === 0) return;
    // It shows something else than the published settings.
    const distances = Array.from({ length: 30 }, (_, distance) => distance);
    const readAll = (one: typeof bias): string[] => distances.map((distance) => messageOf(() => one.value(1, distance, 100)));
    expect(readAll(bias)).not.toEqual(readAll(initialise(HEADS, seeded(1))));
  });
});

it("T5's nb and distMax replace three of its options", () => {
  const table = Array.from({ length: 16 }, (_, index) => index);
  const bias = t5Family.create({ heads: 4, nb: 3, distMax: 5, table });
  const bucket = t5Bucket({ numBuckets: 4, maxDistance: 5, bidirectional: false });
  for (const distance of [-3, 0, 1, 2, 3, 4, 9]) expect(bias.value(1, distance, 9)).toBe(4 * bucket(distance) + 1);
  expect(withBookPair({ numBuckets: 8 })).toEqual({ numBuckets: 8 });
  expect(() => withBookPair({ nb: 3 })).toThrow('t5.nb and t5.distMax: got one of them, wanted both');
  expect(() => withBookPair({ nb: 3, distMax: 5, bidirectional: true })).toThrow('nb together with bidirectional');
  expect(() => withBookPair({ nb: 4, distMax: 5 })).toThrow('an odd number');
});

it('a table with too many buckets to allocate is not drawn', () => {
  for (const { name, initialise, options } of builtinFamilies) {
    for (const option of options.filter(({ kind }) => kind === 'integer')) {
      expect(() => [name, initialise(8, seeded(1), { [option.name]: 2 ** 40 })]).toThrow(RelbiasError);
    }
  }
});

it('every family except one lists a user', () => {
  const unused = builtinFamilies.filter(({ users = [] }) => users.length === 0).map(({ name }) => name);
  expect(unused).toEqual(['deberta']);
});
