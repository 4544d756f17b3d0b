// What all families have in common: unknown options are refused, at least one head, diagnostics; and how tables are initialised.
import { describe, expect, it, test } from 'vitest';
import type { Bias } from '../src/index.ts';
import {
  ParameterError,
  alibi,
  bucketed,
  builtinFamilies,
  deberta,
  debertaFamily,
  debertaRow,
  dynamicPosition,
  fire,
  fixed,
  kerpleLog,
  kerplePower,
  learned,
  none,
  normal,
  normalTable,
  perOffset,
  perOffsetFamily,
  sandwich,
  swin,
  swinFamily,
  t5,
  t5Bucket,
  t5Family,
} from '../src/index.ts';
import { seeded } from './seeded.ts';

const zeros = (count: number): Float64Array => new Float64Array(count);

/** A family's function with options that it takes for one head. */
const FUNCTIONS: [name: string, make: (changed: object) => Bias][] = [
  ['alibi', (changed) => alibi({ heads: 1, ...changed })],
  ['sandwich', (changed) => sandwich({ heads: 1, ...changed })],
  ['perOffset', (changed) => perOffset({ heads: 1, maxDistance: 1, table: zeros(3), ...changed })],
  ['t5', (changed) => t5({ heads: 1, table: zeros(32), ...changed })],
  ['bucketed', (changed) => bucketed({ heads: 1, buckets: 1, bucket: () => 0, table: zeros(1), ...changed })],
  ['deberta', (changed) => deberta({ heads: 1, bucketSize: 4, maxPosition: 8, table: zeros(8), ...changed })],
  ['kerpleLog', (changed) => kerpleLog({ heads: 1, r1: [1], r2: [1], ...changed })],
  ['kerplePower', (changed) => kerplePower({ heads: 1, r1: [1], r2: [1], ...changed })],
  ['swin', (changed) => swin({ heads: 1, windowHeight: 1, windowWidth: 1, table: zeros(1), ...changed })],
  ['dynamicPosition', (changed) => dynamicPosition({ heads: 1, layers: [{ weight: [1], bias: [0] }], ...changed })],
];

describe.each(FUNCTIONS)('%s', (_name, make) => {
  it('accepts one head, and refuses zero', () => {
    expect(make({}).heads).toBe(1);
    expect(() => make({ heads: 0 })).toThrow(ParameterError);
    expect(() => make({ heads: 0 })).toThrow('heads: got 0');
  });

  it('refuses an unknown option', () => {
    expect(() => make({ stray: 1 })).toThrow(ParameterError);
    expect(() => make({ stray: 1 })).toThrow("stray: got the unknown option 'stray'");
  });

  it('returns its warnings as a list, which may be empty', () => {
    expect(Array.isArray(make({}).diagnostics)).toBe(true);
  });
});

it('bucket functions refuse an unknown option', () => {
  expect(() => t5Bucket({ stray: 1 } as object)).toThrow('t5.stray');
  expect(() => debertaRow({ bucketSize: 8, maxPosition: 32, stray: 1 } as Parameters<typeof debertaRow>[0])).toThrow(
    'deberta.stray',
  );
});

it('a table without buckets is refused', () => {
  expect(() => bucketed({ heads: 1, buckets: 0, bucket: () => 0, table: [] })).toThrow('bucketed.buckets: got 0');
  expect(() => bucketed({ heads: 1, buckets: 0, bucket: () => 0, table: [] })).toThrow(ParameterError);
});

it('the error for a table of the wrong size gives the shape in the order of the layout', () => {
  const wrong = { heads: 1, buckets: 3, bucket: (): number => 0, table: zeros(2) };
  expect(() => bucketed(wrong)).toThrow('[buckets, heads] = [3, 1]: got 2 numbers');
  expect(() => bucketed({ ...wrong, layout: 'heads-buckets' })).toThrow('[heads, buckets] = [1, 3]: got 2 numbers');
});

it('all families are built in, under their names', () => {
  expect(builtinFamilies.map(({ name }) => name)).toEqual([
    'none',
    'alibi',
    'sandwich',
    'per-offset',
    't5',
    'deberta',
    'bucketed',
    'kerple-log',
    'kerple-power',
    'fire',
    'swin',
    'dynamic-position',
  ]);
});

it('the table over DeBERTa-v2’s buckets is initialised as published: 256 buckets on each side, 512 positions', () => {
  const bias = debertaFamily.initialise(1, seeded(1));
  const row = debertaRow({ bucketSize: 256, maxPosition: 512 });
  const distances = [-600, -511, -300, -1, 0, 1, 127, 128, 129, 200, 300, 400, 510, 511, 600];
  expect(distances.map((distance) => bias.value(0, distance, 0))).toEqual(
    distances.map((distance) => bias.parameters['table'].data[row(distance)]),
  );
});

describe('initial tables', () => {
  test('a normal draw is Box-Muller of two uniform ones', () => {
    const [radius, angle] = [0.75, 0.125];
    const draws = [radius, angle];
    expect(normal(() => draws.shift() ?? 0, 3)).toBeCloseTo(3 * Math.sqrt(-2 * Math.log(0.25)) * Math.SQRT1_2, 12);
    expect(Math.abs(normal(() => 0, 1))).toBe(0);
  });

  test.each([
    [t5Family, 32, (64 * 16) ** -0.5],
    [debertaFamily, 512, 0.02],
    [perOffsetFamily, 257, 0.02],
    [swinFamily, 169, 0.02],
  ])('$name: normal, of mean 0 and the published deviation', (family, buckets, deviation) => {
    const { data } = family.initialise(16, seeded(3)).parameters['table'];
    expect(data).toEqual(normalTable(buckets, 16, deviation, seeded(3)));
    const mean = data.reduce((sum, one) => sum + one, 0) / data.length;
    const spread = Math.sqrt(data.reduce((sum, one) => sum + one * one, 0) / data.length);
    // Five standard errors of each, of the fewest numbers: 512.
    expect(Math.abs(mean) / deviation).toBeLessThan(5 / Math.sqrt(512));
    expect(Math.abs(spread / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * 512));
  });
});

it('an invalid number is refused at once, not when it is first used', () => {
  const weights = { heads: 1, w1: [1], b1: [0], w2: [1], b2: [0] };
  expect(() => fire({ ...weights, threshold: -512 })).toThrow('fire.threshold: got -512, wanted a finite number of at least 0');
  for (const name of ['c', 'threshold', 'thresholdMultiplier']) {
    expect(() => fire({ ...weights, [name]: Number.NaN })).toThrow(`fire.${name}: got NaN, wanted a finite number`);
    expect(() => fire({ ...weights, [name]: '1' })).toThrow(`fire.${name}: got "1"`);
  }
  expect(fire({ ...weights, c: -0.1, thresholdMultiplier: -1 }).value(0, 3, 3)).toBe(fire(weights).value(0, 3, 3));
  expect(() => none({ heads: Number.NaN })).toThrow('none.heads: got NaN');
  expect(() => none({ heads: '2' as never })).toThrow('none.heads: got "2"');
  expect(none({ heads: 2 }).heads).toBe(0);
  expect(() => learned([1, 2] as never, 3)).toThrow('learned: got [1, 2], wanted a Float64Array. Float64Array.from(numbers)');
  expect(() => learned('abc' as never, 3)).toThrow('learned: got "abc", wanted a Float64Array');
  expect(() => learned(Float64Array.of(1, 2), 3)).toThrow('learned: got 2 numbers, wanted 3 for the shape [3]');
  expect(() => fixed(Float64Array.of(Number.NaN), 1)).toThrow('fixed: data[0]: got NaN, wanted a finite number');
  expect(() => learned(Float64Array.of(1), -1)).toThrow('learned: shape: got [-1]');
});
