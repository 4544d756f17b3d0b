// Tensors: what is accepted in which dtype, exact widening, and refusals that name the shape.
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError, numberToBfloat16, numberToFloat16, planAttention, tensor, toFloat32 } from '../src/index.ts';
import { callOn } from '../src/backend/call.ts';
import { checkInputs, readInputs, readRunOptions, requireTensor, widenInputs } from '../src/backend/index.ts';

const NUMBERS = [0, 1, -2.5, 0.125, 1000, -0.0009765625];

describe('toFloat32', () => {
  it('returns float32 data unchanged', () => {
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

const circular: unknown[] = [];
circular.push(circular);

describe('requireTensor', () => {
  it('accepts arrays of another realm', () => {
    const data = runInNewContext('Float32Array.of(1, 2, 3, 4, 5, 6)') as Float32Array;
    expect(data).not.toBeInstanceOf(Float32Array);
    const read = toFloat32(requireTensor('x', data, [2, 3]));
    expect([read.buffer === data.buffer, ...read]).toEqual([true, 1, 2, 3, 4, 5, 6]);
  });

  it('gives a bare Float32Array the requested shape', () => {
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
    [
      'a plain array',
      [1, 2, 3, 4, 5, 6],
      ParameterError,
      ['[1, 2, 3, 4, 5, 6]', 'a Float32Array, a Float16Array, or { data, shape, dtype }. tensor(data, shape) makes one'],
    ],
    ['nested arrays', [[1, 2, 3]], ParameterError, ['tensor(rows) makes one of nested arrays.']],
    ['a promise', Promise.resolve(new Float32Array(6)), ParameterError, ['got a Promise, ', 'Await it first.']],
    ['a bare Float64Array', new Float64Array(6), ParameterError, ['a Float64Array of 6']],
    ['nothing', undefined, ParameterError, ['undefined']],
    ['null', null, ParameterError, ['null']],
    ['a proxy', new Proxy(new Float32Array(6), {}), ParameterError, ['got a proxy of a Float32Array, wanted a Float32Array, ']],
    [
      'a DataView',
      { data: new DataView(new ArrayBuffer(24)), shape: [2, 3], dtype: 'float32' },
      ParameterError,
      ['a DataView of 24'],
    ],
    ['an ArrayBuffer', new ArrayBuffer(24), ParameterError, ['an ArrayBuffer']],
    ['a list that holds itself', circular, ParameterError, ['[an array of 1]']],
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

  it('refuses key tensors with the number of query heads', () => {
    const call = (): unknown => readInputs(plan, new Float32Array(8), new Float32Array(24), new Float32Array(6));
    expect(call).toThrow(ShapeError);
    expect(call).toThrow('12 for the shape [2, 1, 3, 2]');
  });
});

describe('checkInputs', () => {
  const plan = planAttention({ heads: 1, queries: 1, keys: 5000, headDim: 1 });
  const ones = (narrow: (number: number) => number): Uint16Array => new Uint16Array(5000).fill(narrow(1));

  it('keeps every tensor in its dtype, without copying', () => {
    const { Float16Array } = globalThis as unknown as { Float16Array: new (buffer: ArrayBuffer, offset: number) => never };
    const query = Float32Array.of(1);
    const buffer = new ArrayBuffer(2 * 5003);
    const key: { readonly buffer: ArrayBuffer; readonly byteOffset: number } = new Float16Array(buffer, 6);
    const value = ones(numberToBfloat16);
    const shape = [1, 1, 5000, 1];
    const inputs = checkInputs(
      plan,
      query,
      { data: key as never, shape, dtype: 'float16' },
      { data: value, shape, dtype: 'bfloat16' },
    );
    expect(inputs.query).toEqual({ dtype: 'float32', data: query });
    expect(inputs.query.data).toBe(query);
    expect(inputs.key).toMatchObject({ dtype: 'float16', data: expect.any(Uint16Array) });
    expect(inputs.key.data.buffer).toBe(buffer);
    expect([inputs.key.data.byteOffset, inputs.key.data.length]).toEqual([6, 5000]);
    expect(inputs.value).toEqual({ dtype: 'bfloat16', data: value });
    expect(inputs.value.data).toBe(value);
    expect(widenInputs(inputs).value).toEqual(new Float32Array(5000).fill(1));
  });

  it.each([
    ['float16', numberToFloat16],
    ['bfloat16', numberToBfloat16],
  ] as const)('refuses a %s that is not finite wherever it stands, and says where', (dtype, narrow) => {
    for (const index of [0, 4095, 4096, 4999]) {
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        const data = ones(narrow);
        data[index] = narrow(bad);
        const key = { data, shape: [1, 1, 5000, 1], dtype };
        const call = (): unknown => checkInputs(plan, Float32Array.of(1), key, new Float32Array(5000));
        expect(call).toThrow(`key.data[${index}]: got ${bad}, wanted a finite number`);
      }
    }
  });

  it('refuses halves whose products float32 cannot hold', () => {
    const key = { data: new Uint16Array(5000).fill(numberToBfloat16(1e30)), shape: [1, 1, 5000, 1], dtype: 'bfloat16' } as const;
    expect(() => checkInputs(plan, Float32Array.of(1e30), key, new Float32Array(5000))).toThrow('scores: got up to 1.0e+60');
  });
});

describe('a call in progress', () => {
  it('notices buffers that were transferred or resized', () => {
    const plan = planAttention({ heads: 1, queries: 2, keys: 2, headDim: 1 });
    const key = new Float32Array(2);
    const raw = checkInputs(plan, new Float32Array(2), key, new Float32Array(2));
    const call = callOn(plan, raw, {}, () => {});
    call.proceed();
    structuredClone(key.buffer, { transfer: [key.buffer] });
    expect(() => call.proceed()).toThrow('key: got a buffer that was transferred');
  });

  it('accepts all options', () => {
    const options = { logSumExp: true, signal: new AbortController().signal, progress: (): void => {} };
    expect(readRunOptions(options)).toEqual(options);
    expect(readRunOptions()).toEqual({});
    expect(readRunOptions({ logSumExp: undefined, signal: undefined })).toBeDefined();
  });

  it.each([
    ['nothing at all', null, 'options: got null'],
    ['a misspelt name', { logsumexp: true }, "options.logsumexp: got the unknown option 'logsumexp'"],
    ['a text for a switch', { logSumExp: 'yes' }, 'options.logSumExp: got "yes"'],
    ['an invalid signal', { signal: { aborted: true } }, 'options.signal: got an Object, wanted an AbortSignal'],
    ['a number for a callback', { progress: 5 }, 'options.progress: got 5'],
  ])('refuses %s', (_mistake, options, message) => {
    expect(() => readRunOptions(options as never)).toThrow(message);
    expect(() => readRunOptions(options as never)).toThrow(ParameterError);
  });
});
