// The Swin family: one-dimensional positions represent the 2-D offsets, for windows of any shape.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ParameterError, ShapeError, explicitPositions, planAttention, swin, swinPositions } from '../src/index.ts';
import { expectAdjointMatchesDifferences, integers } from './table-differences.ts';
import { termsOf } from './terms.ts';

/** A table that holds its own indices. */
const indices = (height: number, width: number): number[] => [
  ...Array.from({ length: (2 * height - 1) * (2 * width - 1) }).keys(),
];

describe('swin', () => {
  test('a window of 2 x 2, by hand', () => {
    expect(swinPositions(2, 2)).toEqual(Int32Array.of(0, 1, 3, 4));
    const bias = swin({ heads: 1, windowHeight: 2, windowWidth: 2, table: indices(2, 2) });
    const positions = [...swinPositions(2, 2)];
    expect(positions.map((query) => positions.map((key) => bias.value(0, query - key, query)))).toEqual([
      [4, 3, 1, 0],
      [5, 4, 2, 1],
      [7, 6, 4, 3],
      [8, 7, 5, 4],
    ]);
  });

  test('the distance of two positions finds the entry of their 2-D offset', () => {
    const side = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(side, side, (height, width) => {
        const bias = swin({ heads: 1, windowHeight: height, windowWidth: width, table: indices(height, width) });
        const positions = swinPositions(height, width);
        const tokens = [...positions.entries()];
        const read = tokens.flatMap(([, query]) => tokens.map(([, key]) => bias.value(0, query - key, query)));
        const wanted = tokens.flatMap(([i]) =>
          tokens.map(([j]) => {
            const rows = Math.floor(i / width) - Math.floor(j / width);
            const columns = (i % width) - (j % width);
            return (rows + height - 1) * (2 * width - 1) + columns + width - 1;
          }),
        );
        expect(read).toEqual(wanted);
        expect(positions.length).toBe(height * width);
      }),
    );
  });

  test('a problem uses the positions of the window', () => {
    const bias = swin({ heads: 2, windowHeight: 2, windowWidth: 3, table: integers(30) });
    const plan = planAttention({ batch: 2, heads: 2, queries: 6, keys: 6, headDim: 4, bias });
    expect(plan.positions.query).toEqual(Int32Array.of(0, 1, 2, 5, 6, 7, 0, 1, 2, 5, 6, 7));
    expect(plan.positions.key).toEqual(plan.positions.query);
    expect(termsOf(plan)).toMatchObject([{ minDistance: -7, maxDistance: 7 }]);
  });

  test('refuses other token counts, positions outside the window and tables of another size', () => {
    const bias = swin({ heads: 1, windowHeight: 2, windowWidth: 2, table: integers(9) });
    const problem = { heads: 1, queries: 5, keys: 4, headDim: 4, bias };
    expect(() => planAttention(problem)).toThrow(ShapeError);
    expect(() => planAttention(problem)).toThrow('got 5 queries and 4 keys, wanted 4 of each');
    const outside = { query: [0, 1, 3, 4, 9], key: [0, 1, 3, 4] };
    expect(() => planAttention({ ...problem, positions: outside })).toThrow(
      'wanted -4 to 4, the offsets within a window of 2 x 2',
    );
    expect(() => swin({ heads: 1, windowHeight: 2, windowWidth: 2, table: integers(16) })).toThrow(ShapeError);
    expect(() => swin({ heads: 1, windowHeight: 0, windowWidth: 2, table: [] })).toThrow('swin.windowHeight');
    expect(() => swin({ heads: 1, windowHeight: 2, windowWidth: 0, table: [] })).toThrow('swin.windowWidth');
    expect(() => swinPositions(2 ** 12, 2 ** 12)).toThrow(ParameterError);
    for (const [height, width] of [
      [0, 0],
      [0, 2],
      [2, 0],
      [1.5, 2],
      [2, 1.5],
    ]) {
      expect(() => swinPositions(height, width)).toThrow(ParameterError);
    }
    for (const distance of [-5, 5]) expect(() => bias.value(0, distance, 0)).toThrow(ParameterError);
  });

  test('bounds the size of the window by its distances, which float32 must hold exactly: 2^23', () => {
    expect(() => swinPositions(1, 2 ** 22 + 1)).toThrow(ParameterError);
    expect(() => swinPositions(2 ** 22 + 1, 1)).toThrow(ParameterError);
    expect(swinPositions(1, 1_400_000)).toHaveLength(1_400_000);
  });

  test('returns positions that the caller may change', () => {
    const bias = swin({ heads: 1, windowHeight: 1, windowWidth: 2, table: indices(1, 2) });
    bias.defaultPositions?.(2, 2).query.fill(9);
    const { query, key } = bias.defaultPositions?.(2, 2) ?? {};
    query?.fill(9);
    expect(key).toEqual(Int32Array.of(0, 1));
    expect(bias.defaultPositions?.(2, 2).query).toEqual(Int32Array.of(0, 1));
  });

  test('the adjoint sums every pair at an offset', () => {
    const positions = [...swinPositions(2, 3)];
    expectAdjointMatchesDifferences(
      (table) => swin({ heads: 2, windowHeight: 2, windowWidth: 3, table }),
      30,
      explicitPositions(1, 6, 6, { query: positions, key: positions }),
    );
  });
});
