// Positions: the default alignment, one start per batch row, explicit lists, and the range of distances they span.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError, contiguousPositions, explicitPositions } from '../src/index.ts';

describe('contiguous positions', () => {
  it('align the last query with the last key by default', () => {
    const { query, key, queryStart } = contiguousPositions(1, 2, 5);
    expect([[...query], [...key], queryStart && [...queryStart]]).toEqual([[3, 4], [0, 1, 2, 3, 4], [3]]);
  });

  it('start below 0 when there are more queries than keys', () => {
    expect([...contiguousPositions(1, 5, 2).query]).toEqual([-3, -2, -1, 0, 1]);
  });

  it('accept one start for all batch rows, or one for each', () => {
    expect([...contiguousPositions(2, 2, 9, 4).query]).toEqual([4, 5, 4, 5]);
    expect([...contiguousPositions(2, 2, 9, [0, 7]).query]).toEqual([0, 1, 7, 8]);
  });

  it('span exactly the distances that occur', () => {
    const { minDistance, maxDistance } = contiguousPositions(1, 3, 7, 2);
    expect([minDistance, maxDistance]).toEqual([2 - 6, 4]);
  });
});

describe('explicit positions', () => {
  it('are shared by the batch rows or given for each', () => {
    expect([...explicitPositions(2, 2, 1, { query: [5, 9], key: [3] }).query]).toEqual([5, 9, 5, 9]);
    expect([...explicitPositions(2, 1, 2, { query: [1, 2], key: [3, 4, 5, 6] }).key]).toEqual([3, 4, 5, 6]);
  });

  it('do not count as contiguous, even if they are', () => {
    expect(explicitPositions(1, 2, 2, { query: [0, 1], key: [0, 1] }).queryStart).toBeNull();
  });

  it('span the distances within batch rows, not across them', () => {
    const { minDistance, maxDistance } = explicitPositions(2, 1, 1, { query: [0, 1000], key: [5, 1002] });
    expect([minDistance, maxDistance]).toEqual([-5, -2]);
  });

  it('span exactly the distances of a brute-force search', () => {
    const position = fc.integer({ min: -1000, max: 1000 });
    const sizes = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      queries: fc.integer({ min: 1, max: 4 }),
      keys: fc.integer({ min: 1, max: 4 }),
    });
    const lists = sizes.chain(({ batch, queries, keys }) =>
      fc.record({
        batch: fc.constant(batch),
        queries: fc.constant(queries),
        keys: fc.constant(keys),
        query: fc.array(position, { minLength: batch * queries, maxLength: batch * queries }),
        key: fc.array(position, { minLength: batch * keys, maxLength: batch * keys }),
      }),
    );
    fc.assert(
      fc.property(lists, ({ batch, queries, keys, query, key }) => {
        const distances = query.flatMap((one, row) => {
          const b = Math.floor(row / queries);
          return key.slice(b * keys, (b + 1) * keys).map((other) => one - other);
        });
        const { minDistance, maxDistance } = explicitPositions(batch, queries, keys, { query, key });
        expect([minDistance, maxDistance]).toEqual([Math.min(...distances), Math.max(...distances)]);
      }),
    );
  });
});

it.each([
  ['a fractional start', () => contiguousPositions(1, 1, 1, 0.5), ParameterError, ['queryStart', '0.5', 'integer']],
  ['too few starts', () => contiguousPositions(3, 1, 1, [0, 1]), ShapeError, ['queryStart', '2 integers', '3']],
  ['a start out of range', () => contiguousPositions(1, 1, 1, 2 ** 30), ParameterError, [String(2 ** 30)]],
  [
    'a list of the wrong length',
    () => explicitPositions(2, 3, 1, { query: [1, 2], key: [0] }),
    ShapeError,
    ['positions.query', '3 for all', '6 for each'],
  ],
  [
    'a position that is no integer',
    () => explicitPositions(1, 1, 1, { query: [Number.NaN], key: [0] }),
    ParameterError,
    ['positions.query[0]', 'NaN'],
  ],
  ['no keys', () => explicitPositions(1, 1, 1, { query: [0] } as never), ParameterError, ['positions.key', 'undefined']],
  ['a misspelt list', () => explicitPositions(1, 1, 1, { query: [0], keys: [0] } as never), ParameterError, ['positions.keys']],
  [
    'positions far apart',
    () => explicitPositions(1, 2, 2, { query: [-(2 ** 23), 2 ** 23], key: [-(2 ** 23), 2 ** 23] }),
    ParameterError,
    ['span', 'only differences matter'],
  ],
] as const)('refuses %s', (_name, call, error, parts) => {
  expect(call).toThrow(error);
  for (const part of parts) expect(call).toThrow(part);
});
