// Wrong calls of planAttention: each error has the right class, and says what was got, what is wanted and how to fix it.
import { expect, it } from 'vitest';
import {
  ParameterError,
  RelbiasError,
  ShapeError,
  UnsupportedError,
  alibi,
  kerplePower,
  none,
  perOffset,
  planAttention,
} from '../src/index.ts';

const GOOD = { heads: 4, queries: 3, keys: 5, headDim: 8 };
const TWO_ROWS = { ...GOOD, batch: 2 };

type Row = readonly [mistake: string, problem: unknown, error: typeof RelbiasError, parts: readonly string[]];

const WRONG: readonly Row[] = [
  // The object itself.
  ['nothing', undefined, ParameterError, ['problem: got undefined', 'an object']],
  ['null', null, ParameterError, ['problem: got null', 'an object']],
  ['a number', 8, ParameterError, ['problem: got 8']],
  [
    'a misspelt field',
    { ...GOOD, causal: true },
    ParameterError,
    ['problem.causal', "the unknown option 'causal'", 'mask: { causal: true }'],
  ],
  ['a field of another library', { ...GOOD, num_heads: 4 }, ParameterError, ['problem.num_heads', 'heads']],
  // Sizes.
  ['no heads', { queries: 3, keys: 5, headDim: 8 }, ParameterError, ['problem.heads: got undefined', 'an integer from 1']],
  ['heads of 0', { ...GOOD, heads: 0 }, ParameterError, ['problem.heads: got 0', 'from 1']],
  ['negative heads', { ...GOOD, heads: -4 }, ParameterError, ['problem.heads: got -4']],
  ['a fraction of a head', { ...GOOD, heads: 1.5 }, ParameterError, ['problem.heads: got 1.5']],
  ['more heads than anyone has', { ...GOOD, heads: 1e9 }, ParameterError, ['problem.heads: got 1000000000', 'from 1 to 65536']],
  ['heads as a string', { ...GOOD, heads: '4' }, ParameterError, ['problem.heads: got "4"']],
  ['heads as a BigInt', { ...GOOD, heads: 4n }, ParameterError, ['problem.heads: got 4n']],
  ['a batch of 0', { ...GOOD, batch: 0 }, ParameterError, ['problem.batch: got 0']],
  ['no queries', { ...GOOD, queries: 0 }, ParameterError, ['problem.queries: got 0']],
  ['infinitely many keys', { ...GOOD, keys: Infinity }, ParameterError, ['problem.keys: got Infinity']],
  ['keys of NaN', { ...GOOD, keys: Number.NaN }, ParameterError, ['problem.keys: got NaN']],
  [
    'more keys than a tensor can hold',
    { ...GOOD, keys: 2 ** 31 },
    ParameterError,
    ['problem.keys: got 2147483648', 'from 1 to 8388608'],
  ],
  ['a head dimension of 0', { ...GOOD, headDim: 0 }, ParameterError, ['problem.headDim: got 0']],
  ['a value dimension of 0', { ...GOOD, valueDim: 0 }, ParameterError, ['problem.valueDim: got 0']],
  [
    'key heads that do not divide',
    { ...GOOD, keyValueHeads: 3 },
    ShapeError,
    ['problem.keyValueHeads: got 3 for 4', 'a divisor of 4'],
  ],
  [
    'more key heads than query heads',
    { ...GOOD, keyValueHeads: 8 },
    ShapeError,
    ['problem.keyValueHeads: got 8 for 4', 'a divisor of 4'],
  ],
  // The bias.
  ['a bias by name', { ...GOOD, bias: 'alibi' }, ParameterError, ['problem.bias: got "alibi"', 'alibi({ heads: 8 })']],
  [
    'a family that was not called',
    { ...GOOD, bias: alibi },
    ParameterError,
    ['problem.bias: got the function alibi', 'a bias made by'],
  ],
  ['a bare table as a bias', { ...GOOD, bias: [0, 1, 2] }, ParameterError, ['problem.bias: got [0, 1, 2]']],
  [
    'a bias for other heads',
    { ...GOOD, bias: alibi({ heads: 8 }) },
    ShapeError,
    ['alibi for 8 heads', '4 heads', 'per query head'],
  ],
  [
    'a bias for the key heads',
    { ...GOOD, keyValueHeads: 2, bias: alibi({ heads: 2 }) },
    ShapeError,
    ['alibi for 2 heads', 'per query head'],
  ],
  [
    'slopes beyond float32',
    { ...GOOD, bias: alibi({ heads: 4, beta: 1e300 }) },
    ParameterError,
    ['float32 can hold', '-Infinity to hide'],
  ],
  [
    'a table beyond float32',
    { ...GOOD, bias: perOffset({ heads: 4, maxDistance: 1, table: new Float64Array(12).fill(1e39) }) },
    ParameterError,
    ['1e+39'],
  ],
  [
    'powers beyond float32',
    { ...GOOD, bias: kerplePower({ heads: 4, r1: [1e38, 1, 1, 1], r2: [2, 1, 1, 1] }) },
    ParameterError,
    ['float32'],
  ],
  [
    'a bias that computes NaN',
    {
      ...GOOD,
      bias: {
        ...none(),
        lower: () => [
          { kind: 'per-distance', heads: 4, minDistance: -2, maxDistance: 4, values: new Float64Array(28).fill(Number.NaN) },
        ],
      },
    },
    ParameterError,
    ['bias: got NaN'],
  ],
  // Scales.
  [
    'an unknown convention',
    { ...GOOD, convention: 'pre' },
    ParameterError,
    ['convention: got "pre"', '"before-scaling"', '"scaled-bias"'],
  ],
  ['a scale of 0', { ...GOOD, scale: 0 }, ParameterError, ['problem.scale: got 0', 'above 0']],
  ['a negative scale', { ...GOOD, scale: -1 }, ParameterError, ['problem.scale: got -1']],
  ['a scale beyond float32', { ...GOOD, scale: 1e39 }, ParameterError, ['problem.scale: got 1e+39', 'float32 can hold']],
  ['a scale below float32', { ...GOOD, scale: 1e-46 }, ParameterError, ['problem.scale: got 1e-46', 'from 2^-126']],
  ['a scale of NaN', { ...GOOD, scale: Number.NaN }, ParameterError, ['problem.scale: got NaN']],
  [
    'an infinite biasScale',
    { ...GOOD, biasScale: Infinity },
    ParameterError,
    ['problem.biasScale: got Infinity', 'a finite number'],
  ],
  ['a biasScale as a string', { ...GOOD, biasScale: '1' }, ParameterError, ['problem.biasScale: got "1"']],
  ['a softcap of 0', { ...GOOD, softcap: 0 }, ParameterError, ['problem.softcap: got 0', 'above 0']],
  // In float32 it would be 0, which means no softcap.
  ['a softcap below float32', { ...GOOD, softcap: 1e-46 }, ParameterError, ['problem.softcap: got 1e-46', 'float32 can hold']],
  ['a negative softcap', { ...GOOD, softcap: -30 }, ParameterError, ['problem.softcap: got -30']],
  // Sizes that no memory holds, refused before anything is made.
  [
    'a table for 65,536 heads over as many distances',
    { heads: 65536, queries: 32768, keys: 32768, headDim: 1, bias: alibi({ heads: 65536 }) },
    UnsupportedError,
    ['problem.bias: got 65536 heads over 65535 distances', 'at most 268435456', 'Split the heads'],
  ],
  [
    'positions for more rows than memory holds',
    { heads: 1, batch: 2 ** 24, queries: 32, keys: 32, headDim: 1 },
    UnsupportedError,
    ['problem: got 16777216 batch rows of 32 queries and 32 keys', 'Split the batch'],
  ],
  // Positions.
  ['a fractional start', { ...GOOD, queryStart: 0.5 }, ParameterError, ['queryStart: got 0.5', 'an integer']],
  [
    'one start each for the wrong number of rows',
    { ...TWO_ROWS, queryStart: [1, 2, 3] },
    ShapeError,
    ['queryStart: got 3 integers', 'wanted 2'],
  ],
  [
    'a start past the greatest position',
    { ...GOOD, queryStart: 2 ** 24 },
    ParameterError,
    ['queryStart: got 16777216', 'to 8388606'],
  ],
  [
    'a start that puts the last query past the greatest position',
    { ...TWO_ROWS, queryStart: [0, 2 ** 23 - 1] },
    ParameterError,
    ['queryStart[1]: got 8388607', 'to 8388606'],
  ],
  ['a start as a string', { ...GOOD, queryStart: '3' }, ParameterError, ['queryStart: got "3"']],
  [
    'a start and positions',
    { ...GOOD, queryStart: 0, positions: { query: [0, 1, 2], key: [0, 1, 2, 3, 4] } },
    ParameterError,
    ['both queryStart and positions', 'one of them'],
  ],
  [
    'positions of queries alone',
    { ...GOOD, positions: { query: [0, 1, 2] } },
    ParameterError,
    ['positions.key: got undefined', '5 integers'],
  ],
  [
    'positions of the wrong length',
    { ...GOOD, positions: { query: [0, 1], key: [0, 1, 2, 3, 4] } },
    ShapeError,
    ['positions.query: got 2 integers', '3 for all batch rows'],
  ],
  [
    'a position between tokens',
    { ...GOOD, positions: { query: [0, 1.5, 2], key: [0, 1, 2, 3, 4] } },
    ParameterError,
    ['positions.query[1]: got 1.5'],
  ],
  [
    'positions under other names',
    { ...GOOD, positions: { q: [0, 1, 2], k: [0, 1, 2, 3, 4] } },
    ParameterError,
    ['positions.q', 'query, key'],
  ],
  [
    'positions as BigInts beyond all bounds',
    { ...GOOD, positions: { query: BigInt64Array.of(0n, 2n ** 40n, 1n), key: [0, 1, 2, 3, 4] } },
    ParameterError,
    ['positions.query[1]: got 1099511627776n, wanted an integer from'],
  ],
  [
    'positions too far apart for a table',
    { ...GOOD, positions: { query: [0, 1, 2 ** 23], key: [0, 1, 2, 3, -(2 ** 23)] } },
    ParameterError,
    ['a span below 16777216', 'only differences matter'],
  ],
  // Sizes that no array could have.
  [
    'more numbers than a tensor holds',
    { ...GOOD, batch: 2 ** 24, queries: 1024 },
    ShapeError,
    ['problem: query', 'at most 4294967296 numbers', 'Split the batch'],
  ],
  // Numerics.
  [
    'an unknown profile',
    { ...GOOD, numerics: 'exact' },
    ParameterError,
    ['problem.numerics: got "exact"', '"fast" or "reproducible"'],
  ],
];

it.each(WRONG)('refuses %s', (_mistake, problem, error, parts) => {
  const call = (): unknown => planAttention(problem as never);
  expect(call).toThrow(error);
  for (const part of parts) expect(call).toThrow(part);
});

it('still plans a valid problem after all of them, and has not changed its arguments', () => {
  for (const [, problem] of WRONG) expect(() => planAttention(problem as never)).toThrow(RelbiasError);
  expect(planAttention(GOOD).scale).toBe(1 / Math.sqrt(8));
  expect(GOOD).toEqual({ heads: 4, queries: 3, keys: 5, headDim: 8 });
});
