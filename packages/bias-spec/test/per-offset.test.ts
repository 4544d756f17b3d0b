// The per-offset family: clipping on both sides, the causal table, the adjoint.
import { describe, expect, test } from 'vitest';
import { ParameterError, ShapeError, contiguousPositions, perOffset } from '../src/index.ts';
import { expectAdjointMatchesDifferences } from './table-differences.ts';

const read = (bias: ReturnType<typeof perOffset>, head: number, distances: readonly number[]): number[] =>
  distances.map((distance) => bias.value(head, distance, 0));

describe('perOffset', () => {
  test('has one value per offset, by ascending distance, clipped at both ends', () => {
    const bias = perOffset({ heads: 2, maxDistance: 2, table: [1, 2, 3, 4, 5, 10, 20, 30, 40, 50] });
    expect(read(bias, 0, [-9, -3, -2, -1, 0, 1, 2, 3, 9])).toEqual([1, 1, 1, 2, 3, 4, 5, 5, 5]);
    expect(read(bias, 1, [-2, 0, 2])).toEqual([10, 30, 50]);
    expect(bias.parameters['table'].shape).toEqual([2, 5]);
  });

  test('causal keeps the past only; keys in the future read distance 0', () => {
    const bias = perOffset({ heads: 2, maxDistance: 2, causal: true, table: [1, 10, 2, 20, 3, 30], layout: 'buckets-heads' });
    expect(read(bias, 0, [-9, -1, 0, 1, 2, 3])).toEqual([1, 1, 1, 2, 3, 3]);
    expect(read(bias, 1, [0, 1, 2])).toEqual([10, 20, 30]);
  });

  test('refuses a table of another size: 2 * maxDistance + 1, or maxDistance + 1', () => {
    expect(() => perOffset({ heads: 1, maxDistance: 2, table: [1, 2, 3, 4] })).toThrow(ShapeError);
    expect(() => perOffset({ heads: 1, maxDistance: 2, causal: true, table: [1, 2] })).toThrow(ShapeError);
    expect(() => perOffset({ heads: 1, maxDistance: 0, table: [1] })).toThrow(ParameterError);
    expect(() =>
      perOffset({ heads: 1, maxDistance: 1, casual: true, table: [1, 2, 3] } as Parameters<typeof perOffset>[0]),
    ).toThrow('perOffset.casual');
  });

  test('the adjoint adds clipped distances to the edge entries', () => {
    for (const causal of [false, true]) {
      expectAdjointMatchesDifferences(
        (table) => perOffset({ heads: 2, maxDistance: 4, causal, table }),
        causal ? 10 : 18,
        contiguousPositions(1, 9, 11),
      );
    }
  });
});
