// Error messages: the sentence, and how it shows values of any kind.
import { expect, it, test } from 'vitest';
import { DeviceLostError, ParameterError, RelbiasError, ShapeError, UnsupportedError } from '../src/index.ts';
import { show } from '../src/backend/index.ts';

it('says what was got and wanted, and how to fix it if there is a hint', () => {
  expect(new ParameterError({ what: 'x', got: '1', wanted: '2' }).message).toBe('x: got 1, wanted 2.');
  expect(new ShapeError({ what: 'x', got: '1', wanted: '2', hint: 'Take 2.' }).message).toBe('x: got 1, wanted 2. Take 2.');
});

it.each([ParameterError, ShapeError, UnsupportedError, DeviceLostError])('is a RelbiasError with its own name (%#)', (One) => {
  const error = new One({ what: 'x', got: '1', wanted: '2' });
  expect(error).toBeInstanceOf(RelbiasError);
  expect([error.name, error.constructor]).toEqual([One.name, One]);
});

class Own {
  readonly held = 1;
}

test.each<[unknown, string]>([
  ['a"b', '"a\\"b"'],
  [12n, '12n'],
  [-0.5, '-0.5'],
  [undefined, 'undefined'],
  [null, 'null'],
  [show, 'the function show'],
  [[1, 'two', [3]], '[1, "two", an array of 1]'],
  [[1, 2, 3, 4, 5, 6, 7, 8], '[1, 2, 3, 4, 5, 6, 7, 8]'],
  [Array.from({ length: 9 }), 'an array of 9'],
  [{}, 'an Object'],
  [Object.create(null), 'an Object'],
  [{ constructor: undefined }, 'an Object'],
  [new Own(), 'an Own'],
  [new Map(), 'a Map'],
  [new Date(0), 'a Date'],
  [new Float32Array(3), 'a Float32Array of 3'],
  [new Int8Array(2), 'an Int8Array of 2'],
  [new DataView(new ArrayBuffer(5)), 'a DataView of 5'],
  [new Proxy(new Uint8Array(2), {}), 'a proxy of a Uint8Array'],
])('shows %o as %s', (value, text) => {
  expect(show(value)).toBe(text);
});
