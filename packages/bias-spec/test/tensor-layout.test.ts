// Tensors whose numbers are in another order than their shape says: views of other libraries, and heads after the sequence.
import { describe, expect, it } from 'vitest';
import { ShapeError, headsFirst, toFloat32 } from '../src/index.ts';
import { requireTensor } from '../src/backend/index.ts';

describe('views of other libraries', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const view = (fields: object): object => ({ data, shape: [2, 3], dtype: 'float32', ...fields });

  it.each([
    ['ndarray', { stride: [3, 1], offset: 0 }],
    ['stdlib', { strides: [3, 1], offset: 0, order: 'row-major' }],
    ['no strides at all', { strides: undefined }],
  ])('takes dense ones: %s', (_name, fields) => {
    expect([...toFloat32(requireTensor('x', view(fields), [2, 3]))]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('accepts any stride along an axis of extent 1', () => {
    const row = { data, shape: [1, 6], dtype: 'float32', strides: [99, 1] };
    expect(requireTensor('x', row, [1, 6]).shape).toEqual([1, 6]);
  });

  it.each([
    [
      'a transposed one',
      { stride: [1, 2] },
      'x.stride: got [1, 2], wanted [3, 1]: row-major, without gaps. Copy it into row-major order',
    ],
    ['a reversed one', { strides: [3, -1], offset: 2 }, 'x.strides: got [3, -1]'],
    ['one that begins later', { stride: [3, 1], offset: 1 }, 'x.offset: got 1, wanted 0'],
    ['strides of another rank', { strides: [1] }, 'x.strides: got [1]'],
    ['a repeated row', { strides: new Int32Array([0, 1]) }, 'x.strides: got [0, 1]'],
  ])('refuses %s', (_name, fields, message) => {
    expect(() => requireTensor('x', view(fields), [2, 3])).toThrow(ShapeError);
    expect(() => requireTensor('x', view(fields), [2, 3])).toThrow(message);
  });
});

describe('headsFirst', () => {
  const sequenceFirst = {
    data: Uint16Array.from({ length: 24 }, (_, index) => index),
    shape: [2, 3, 2, 2],
    dtype: 'bfloat16',
  } as const;

  it('puts the heads before the sequence', () => {
    const { data, shape, dtype } = headsFirst(sequenceFirst);
    expect([shape, dtype]).toEqual([[2, 2, 3, 2], 'bfloat16']);
    expect([...(data as Uint16Array)].slice(0, 12)).toEqual([0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11]);
    expect([...(data as Uint16Array)].slice(12, 14)).toEqual([12, 13]);
  });

  it('converts from the order of other libraries', () => {
    expect(() => requireTensor('query', sequenceFirst, [2, 2, 3, 2])).toThrow(
      'query.shape: got [2, 3, 2, 2], wanted [2, 2, 3, 2]. Heads come before the sequence: headsFirst(tensor)',
    );
    expect(requireTensor('query', headsFirst(sequenceFirst), [2, 2, 3, 2]).shape).toEqual([2, 2, 3, 2]);
  });

  it.each([[{ ...sequenceFirst, shape: [6, 2, 2] }], [new Float32Array(24)], [null]])('refuses another rank: %o', (given) => {
    expect(() => headsFirst(given as never)).toThrow('a tensor of [batch, sequence, heads, dim]');
  });
});
