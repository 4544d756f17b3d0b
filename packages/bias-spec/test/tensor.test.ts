// Tensors: what is accepted in which dtype, exact widening, and refusals that name the shape.
import { describe, expect, it } from 'vitest';
import {
  ParameterError,
  ShapeError,
  numberToBfloat16,
  numberToFloat16,
  planAttention,
  readInputs,
  requireTensor,
  tensor,
  toFloat32,
} from '../src/index.ts';

const NUMBERS = [0, 1, -2.5, 0.125, 1000, -0.0009765625];

describe('toFloat32', () => {
  it('hands float32 data on as it is', () => {
    const data = Float32Array.from(NUMBERS);
    expect(toFloat32(tensor(data, [6]))).toBe(data);
  });

  it('widens both halves exactly from their bits', () => {
    const float16 = { data: Uint16Array.from(NUMBERS, numberToFloat16), shape: [6], dtype: 'float16' } as const;
    const bfloat16 = { data: Uint16Array.from(NUMBERS, numberToBfloat16), shape: [6], dtype: 'bfloat16' } as const;
    expect([...toFloat32(float16)]).toEqual(NUMBERS);
    expect([...toFloat32(bfloat16)]).toEqual(NUMBERS);
  });

  it('reads a Float16Array', () => {
    const { Float16Array } = globalThis as unknown as { Float16Array: new (source: number[]) => never };
    const half = requireTensor('x', { data: new Float16Array(NUMBERS), shape: [6], dtype: 'float16' }, [6]);
    expect([...toFloat32(half)]).toEqual(NUMBERS);
  });
});

describe('requireTensor', () => {
  it('gives a bare Float32Array the shape that is asked for', () => {
    const data = new Float32Array(6);
    expect(requireTensor('x', data, [2, 3])).toEqual({ data, shape: [2, 3], dtype: 'float32' });
  });

  it.each([
    ['a bare array of another size', new Float32Array(5), ShapeError, ['x: got 5 numbers', '6 for the shape [2, 3]']],
    [
      'another shape of the same size',
      { data: new Float32Array(6), shape: [3, 2], dtype: 'float32' },
      ShapeError,
      ['x.shape', '[3, 2]', '[2, 3]'],
    ],
    ['another rank', { data: new Float32Array(6), shape: [6], dtype: 'float32' }, ShapeError, ['[6]', '[2, 3]']],
    ['a shape that is no list', { data: new Float32Array(6), shape: 6, dtype: 'float32' }, ShapeError, ['x.shape', 'got 6']],
    [
      'data that does not fill its shape',
      { data: new Float32Array(5), shape: [2, 3], dtype: 'float32' },
      ShapeError,
      ['x.data', '5 numbers'],
    ],
    [
      'float64 data',
      { data: new Float64Array(6), shape: [2, 3], dtype: 'float32' },
      ParameterError,
      ['a Float64Array of 6', 'Float32Array'],
    ],
    [
      'float32 data that calls itself float16',
      { data: new Float32Array(6), shape: [2, 3], dtype: 'float16' },
      ParameterError,
      ['"float16"', 'Uint16Array'],
    ],
    ['an unknown dtype', { data: new Float32Array(6), shape: [2, 3], dtype: 'f32' }, ParameterError, ['"f32"']],
    ['a plain array', [1, 2, 3, 4, 5, 6], ParameterError, ['[1, 2, 3, 4, 5, 6]', 'a Float32Array or { data, shape, dtype }']],
    ['a bare Float64Array', new Float64Array(6), ParameterError, ['a Float64Array of 6']],
    ['nothing', undefined, ParameterError, ['undefined']],
    ['null', null, ParameterError, ['null']],
  ] as const)('refuses %s', (_name, value, error, parts) => {
    const call = (): unknown => requireTensor('x', value, [2, 3]);
    expect(call).toThrow(error);
    for (const part of parts) expect(call).toThrow(part);
  });
});

describe('readInputs', () => {
  const plan = planAttention({
    batch: 2,
    heads: 2,
    keyValueHeads: 1,
    queries: 1,
    keys: 3,
    headDim: 2,
    valueDim: 1,
    mask: { keyLengths: [3, 1] },
  });
  const inputs = (): [Float32Array, Float32Array, Float32Array] => [
    new Float32Array(8),
    new Float32Array(12),
    new Float32Array(6),
  ];

  it('lets padding past the key length hold anything', () => {
    const [query, key, value] = inputs();
    key.fill(Number.NaN, 8);
    value.fill(Infinity, 4);
    expect(readInputs(plan, query, key, value).value[5]).toBe(Infinity);
  });

  it.each([
    ['query', 0, 7],
    ['key', 1, 7],
    ['value', 2, 3],
  ] as const)('refuses what is not finite in %s, and says where', (name, which, index) => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const all = inputs();
      all[which][index] = bad;
      const call = (): unknown => readInputs(plan, ...all);
      expect(call).toThrow(ParameterError);
      expect(call).toThrow(`${name}.data[${index}]: got ${bad}`);
    }
  });

  it('refuses a shape with the names of query heads for keys', () => {
    const call = (): unknown => readInputs(plan, new Float32Array(8), new Float32Array(24), new Float32Array(6));
    expect(call).toThrow(ShapeError);
    expect(call).toThrow('12 for the shape [2, 1, 3, 2]');
  });
});
