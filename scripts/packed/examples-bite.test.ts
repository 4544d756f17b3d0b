// Tests the check of examples: which comments state a value, which values they accept, and that a false one is an error.
import { expect, test } from 'vitest';
import { instrument } from './instrument.ts';
import { expectValue, statesValue } from './value-pattern.ts';

const TRUE: readonly (readonly [comment: string, value: unknown])[] = [
  ['0.5', 0.5],
  ['-4.5', -4.5],
  ['=> 1e-6', 1e-6],
  ['0.1', Math.fround(0.1)],
  ['0.333...', 1 / 3],
  ['-2.7725887', -2 * Math.log(4)],
  ['≈ 2.8', 2 * Math.log(4)],
  ['-Infinity', -Infinity],
  ['NaN', Number.NaN],
  ['12n', 12n],
  ["'alibi'", 'alibi'],
  ['true', true],
  ['0.125: a slope of 0.5 acted as 0.0625', 0.125],
  ['[1, 2, 3]', [1, 2, 3]],
  ['[1, ..., 4]', [1, 2, 3, 4]],
  ['[0.5, 0.25, ...]', Float64Array.of(0.5, 0.25, 0.125)],
  ['Int32Array [3, 4]', Int32Array.of(3, 4)],
  ['Int32Array(2) [ 3, 4 ]', Int32Array.of(3, 4)],
  ['{ scale: 0.125, biasScale: 0.125 }', { scale: 0.125, biasScale: 0.125 }],
  ['{ scale: 0.125, ... }', { scale: 0.125, biasScale: 0.125 }],
];

const FALSE: readonly (readonly [comment: string, value: unknown])[] = [
  ['0.5', 0.54],
  ['7', 6.9999995],
  ['0.333...', 0.3341],
  ['-2.7725887', -2.77259],
  ['0', '0'],
  ["'alibi'", 'fire'],
  ['[1, 2]', [1, 2, 3]],
  ['[1, 2, ...]', [1, 2]],
  ['Int32Array [3, 4]', [3, 4]],
  ['{ scale: 0.125 }', { scale: 0.125, biasScale: 0.125 }],
  ['{ scale: 0.125, ... }', { scale: 0.5 }],
  ['-2 ln 4', -2 * Math.log(4)],
  ['3', Promise.resolve(3)],
];

test.each(TRUE)('%s accepts its value', (comment, value) => {
  expect(statesValue(comment)).toBe(true);
  expect(expectValue(value, comment, 'here:1')).toBe(value);
});

test.each(FALSE)('%s is refused for another value', (comment, value) => {
  expect(statesValue(comment)).toBe(true);
  expect(() => expectValue(value, comment, 'here:1')).toThrow(/^here:1: the comment .* the value is /);
});

test.each(['frees the buffers', 'just above -2', 'Shapes as in the paper', '[batch, heads] as given'])(
  '"%s" is prose',
  (comment) => {
    expect(instrument(`const x = f(); // ${comment}`, String).compared).toBe(0);
  },
);

test('every stated value of an example is compared, on its own line', () => {
  const example = [
    'const half = 1 / 2; // 0.5',
    'half; // 0.5',
    'console.log(half); // 0.5',
    'half.toFixed(1)',
    "// => '0.5'",
    'Math.max(',
    '  half,',
    '); // 0.5',
    'half + 1; // in words',
  ].join('\n');
  const { code, compared } = instrument(example, String);
  expect(compared).toBe(5);
  expect(code.split('\n').length).toBe(example.split('\n').length);
  const lines: string[] = [];
  // oxlint-disable-next-line typescript/no-implied-eval -- running it is the point
  new Function('expectValue', 'console', code)(
    (value: unknown, comment: string, where: string) => {
      lines.push(where);
      return expectValue(value, comment, where);
    },
    { log: () => undefined },
  );
  expect(lines).toEqual(['0', '1', '2', '3', '5']);
});
