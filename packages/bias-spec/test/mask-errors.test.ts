// Wrong masks: each error says what was got, what a mask consists of, and which option expresses what was meant.
import { expect, it } from 'vitest';
import type { RelbiasError } from '../src/index.ts';
import { ParameterError, ShapeError, planAttention } from '../src/index.ts';

const GOOD = { heads: 4, queries: 3, keys: 5, headDim: 8 };
const TWO_ROWS = { ...GOOD, batch: 2 };

const WRONG: readonly (readonly [mistake: string, problem: unknown, error: typeof RelbiasError, parts: readonly string[]])[] = [
  ['a mask by name', { ...GOOD, mask: 'causal' }, ParameterError, ['mask: got "causal"', 'an object']],
  ['a misspelt mask', { ...GOOD, mask: { casual: true } }, ParameterError, ['mask.casual', 'causal, window']],
  ['causal as a number', { ...GOOD, mask: { causal: 1 } }, ParameterError, ['mask.causal: got 1', 'true or false']],
  ['a window as a number', { ...GOOD, mask: { window: 128 } }, ParameterError, ['mask.window: got 128', 'an object']],
  [
    'a window that reaches backwards',
    { ...GOOD, mask: { window: { left: -1 } } },
    ParameterError,
    ['mask.window.left: got -1', 'from 0'],
  ],
  ['half a step of window', { ...GOOD, mask: { window: { right: 0.5 } } }, ParameterError, ['mask.window.right: got 0.5']],
  [
    'one key length for two rows',
    { ...TWO_ROWS, mask: { keyLengths: [5] } },
    ShapeError,
    ['mask.keyLengths: got 1 integers', 'wanted 2'],
  ],
  [
    'a key length past the keys',
    { ...GOOD, mask: { keyLengths: [6] } },
    ParameterError,
    ['mask.keyLengths[0]: got 6', 'from 0 to 5'],
  ],
  [
    'a key length as a number',
    { ...GOOD, mask: { keyLengths: 5 } },
    ParameterError,
    ['mask.keyLengths: got 5', 'a list of 1 integers'],
  ],
  [
    'a boolean mask by key',
    { ...GOOD, mask: { keyLengths: [true, true, true, false, false] } },
    ShapeError,
    ['mask.keyLengths: got 5 integers, wanted 1. Key lengths are counts, one per batch row. For a key mask'],
  ],
  [
    'a key length of true',
    { ...GOOD, mask: { keyLengths: [true] } },
    ParameterError,
    ['mask.keyLengths[0]: got true', 'are counts'],
  ],
  ['a mask of true', { ...GOOD, mask: true }, ParameterError, ['mask: got true', '{ causal: true }']],
  [
    'a dense mask',
    { ...GOOD, mask: new Uint8Array(15) },
    ParameterError,
    [
      'mask: got a Uint8Array of 15, wanted an object with the options causal, window, keyLengths, segments. A dense mask is not supported',
    ],
  ],
  [
    'a dense mask in rows',
    { ...GOOD, mask: [[true], [false]] },
    ParameterError,
    ['mask: got [an array of 1, an array of 1]', 'padding as { keyLengths: [7, 5] }', '{ segments: { query, key } }'],
  ],
  [
    'a dense mask as a tensor',
    { ...GOOD, mask: { dims: [3, 5], type: 'bool', data: new Uint8Array(15) } },
    ParameterError,
    ['mask: got an Object', 'A dense mask is not supported'],
  ],
  [
    'segments in rows',
    {
      ...TWO_ROWS,
      mask: {
        segments: {
          query: [
            [0, 0, 0],
            [0, 1, 1],
          ],
          key: [0, 0, 0, 0, 0],
        },
      },
    },
    ShapeError,
    ['mask.segments.query: got 2 integers', 'Flatten the rows into one list: rows.flat()'],
  ],
  [
    'segments of keys alone',
    { ...GOOD, mask: { segments: { key: [0, 0, 0, 1, 1] } } },
    ParameterError,
    ['mask.segments.query: got undefined'],
  ],
  [
    'segments of the wrong length',
    { ...GOOD, mask: { segments: { query: [0, 0], key: [0, 0, 0, 1, 1] } } },
    ShapeError,
    ['mask.segments.query: got 2 integers'],
  ],
  [
    'segments by name',
    { ...GOOD, mask: { segments: { query: ['a', 'b', 'c'], key: [0, 0, 0, 0, 0] } } },
    ParameterError,
    ['mask.segments.query[0]: got "a"'],
  ],
];

it.each(WRONG)('refuses %s', (_mistake, problem, error, parts) => {
  const call = (): unknown => planAttention(problem as never);
  expect(call).toThrow(error);
  for (const part of parts) expect(call).toThrow(part);
});
