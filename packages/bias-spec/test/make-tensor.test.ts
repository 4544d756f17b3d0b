// Making tensors: from arrays with a shape, nested arrays, halves, tensors of onnxruntime; and refusals.
import { describe, expect, it } from 'vitest';
import {
  ParameterError,
  ShapeError,
  alibi,
  headsFirst,
  numberToBfloat16,
  numberToFloat16,
  perOffset,
  planAttention,
  tensor,
  toFloat32,
} from '../src/index.ts';
import { readInputs, requireTensor } from '../src/backend/index.ts';

const { Float16Array } = globalThis as unknown as { Float16Array: new (source: readonly number[]) => never };
const numbers = Float32Array.of(1, 2, 3, 4, 5, 6);

describe('tensor', () => {
  it('uses float32 and float16 arrays without copying', () => {
    expect(tensor(numbers, [2, 3])).toEqual({ data: numbers, shape: [2, 3], dtype: 'float32' });
    expect(tensor(numbers, [2, 3]).data).toBe(numbers);
    const half: { readonly length: number } = new Float16Array([1, 2, 3]);
    const made = tensor(half as never, [1, 3]);
    expect([made.dtype, made.data === half, ...toFloat32(made)]).toEqual(['float16', true, 1, 2, 3]);
  });

  it('accepts the bits of halves with their dtype', () => {
    const bits = Uint16Array.from([1, -2], numberToBfloat16);
    expect([...toFloat32(tensor(bits, [2], 'bfloat16'))]).toEqual([1, -2]);
    expect([...toFloat32(tensor(Uint16Array.from([1, -2], numberToFloat16), [2], 'float16'))]).toEqual([1, -2]);
  });

  it('accepts arrays of numbers and nested arrays, with plain or typed rows', () => {
    expect(tensor([1, 2, 3, 4, 5, 6], [2, 3])).toEqual({ data: numbers, shape: [2, 3], dtype: 'float32' });
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    expect(tensor(rows)).toEqual({ data: numbers, shape: [2, 3], dtype: 'float32' });
    expect(tensor(rows, [2, 3]).shape).toEqual([2, 3]);
    expect(tensor([[rows]]).shape).toEqual([1, 1, 2, 3]);
    expect(tensor(rows.map((row) => Float64Array.from(row))).data).toEqual(numbers);
  });

  it('accepts a tensor of onnxruntime, one without a dtype, and its own result', () => {
    const wanted = { data: numbers, shape: [2, 3], dtype: 'float32' };
    expect(tensor({ dims: [2, 3], type: 'float32', data: numbers })).toEqual(wanted);
    expect(tensor({ data: numbers, shape: [2, 3] })).toEqual(wanted);
    expect(tensor(tensor(numbers, [2, 3]))).toEqual(wanted);
    const half = { dims: [2], type: 'float16', data: Uint16Array.from([1, 2], numberToFloat16) };
    expect([tensor(half).dtype, ...toFloat32(tensor(half))]).toEqual(['float16', 1, 2]);
  });

  it('refuses another dtype for a tensor that has one', () => {
    const bits = tensor(new Uint16Array(2), [2], 'float16');
    expect(tensor(bits as never, [1, 2], 'float16').shape).toEqual([1, 2]);
    expect(() => tensor(bits as never, [2], 'bfloat16')).toThrow(
      'tensor.dtype: got "bfloat16" for a tensor of float16, wanted no dtype, or the one that it has.',
    );
  });

  it('says how to pass a promise', () => {
    expect(() => tensor(Promise.resolve(numbers) as never)).toThrow('tensor: got a Promise, ');
    expect(() => tensor(Promise.resolve(numbers) as never)).toThrow('Await it first.');
    expect(() => headsFirst(Promise.resolve(numbers) as never)).toThrow('Await it first.');
  });

  it.each<[string, unknown[], typeof ParameterError | typeof ShapeError, string]>([
    ['a short row', [[[1, 2], [3]]], ShapeError, 'tensor[1]: got 1 entries, wanted 2, as in the first row'],
    [
      'a long row',
      [
        [
          [
            [1, 2],
            [3, 4, 5],
          ],
        ],
      ],
      ShapeError,
      'tensor[0][1]: got 3 entries, wanted 2',
    ],
    ['a number for a row', [[[1, 2], 3]], ShapeError, 'tensor[1]: got 3, wanted an array of 2'],
    ['a row for a number', [[[1, [2]]]], ParameterError, 'tensor[0][1]: got [2], wanted a number'],
    ['a text among them', [[[1, 'two']]], ParameterError, 'tensor[0][1]: got "two", wanted a number'],
    ['a hole', [[1, undefined], [2]], ParameterError, 'tensor[1]: got undefined, wanted a number'],
    ['nothing in rows', [[[], []]], ShapeError, 'got [2, 0], wanted a list of positive integers'],
    ['another shape than theirs', [[[1, 2]], [2, 1]], ShapeError, 'tensor.shape: got [2, 1], wanted [1, 2], the shape of these'],
    ['numbers without a shape', [[1, 2]], ShapeError, 'tensor.shape: got undefined, wanted a list of positive integers'],
    ['float32 without a shape', [numbers], ShapeError, 'tensor.shape: got undefined'],
    ['a shape that does not fit', [numbers, [2, 2]], ShapeError, 'tensor.data: got 6 numbers, wanted 4 for the shape [2, 2]'],
    ['extents below 0', [numbers, [-2, -3]], ShapeError, 'tensor.shape: got [-2, -3]'],
    ['bits without a dtype', [new Uint16Array(2), [2]], ParameterError, "wanted 'float16' or 'bfloat16', whichever its bits are"],
    ['float64', [new Float64Array(2), [2]], ParameterError, 'Round it to float32 first: Float32Array.from(data).'],
    ['integers', [new Int32Array(2), [2]], ParameterError, 'Round it to float32 first: Float32Array.from(data).'],
    [
      'int64 of onnxruntime',
      [{ dims: [1], type: 'int64', data: new BigInt64Array(1) }],
      ParameterError,
      'dtype "int64" over a BigInt64Array of 1',
    ],
    ['an array that holds itself', [itself()], ShapeError, 'more than 8 levels of arrays'],
  ])('refuses %s', (_name, given, error, message) => {
    const call = (): unknown => (tensor as (...all: unknown[]) => unknown)(...given);
    expect(call).toThrow(error);
    expect(call).toThrow(message);
  });
});

function itself(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

describe('a run', () => {
  const plan = planAttention({ heads: 1, queries: 2, keys: 2, headDim: 1 });
  const one = Float32Array.of(1, 2);

  it('reads tensors of onnxruntime, bare float16 arrays and tensors without a dtype', () => {
    const onnx = { dims: [1, 1, 2, 1], type: 'float32', data: one };
    const read = readInputs(plan, onnx, new Float16Array([3, 4]), { data: one, shape: [1, 1, 2, 1] });
    expect([...read.query, ...read.key, ...read.value]).toEqual([1, 2, 3, 4, 1, 2]);
    expect(read.query).toBe(one);
  });

  it.each([
    ['bare bits of halves', new Uint16Array(2), 'query: got a Uint16Array of 2, wanted a Float32Array, a Float16Array, or'],
    [
      'bits without a dtype',
      { data: new Uint16Array(2), shape: [1, 1, 2, 1] },
      "query.dtype: got undefined over a Uint16Array of 2, wanted 'float16' or",
    ],
    ['nested arrays', [[1], [2]], '. tensor(rows) makes one of nested arrays.'],
    ['data in an array', { data: [1, 2], shape: [1, 1, 2, 1], dtype: 'float32' }, 'tensor(data, shape) makes one'],
    [
      'float64 data',
      { data: new Float64Array(2), shape: [1, 1, 2, 1], dtype: 'float64' },
      'Round it to float32 first: Float32Array.from(data)',
    ],
    ['other dims', { dims: [1, 2, 1], type: 'float32', data: one }, 'query.shape: got [1, 2, 1], wanted [1, 1, 2, 1]'],
  ])('refuses %s', (_name, given, message) => {
    expect(() => readInputs(plan, given as never, one, one)).toThrow(message);
  });

  it('names the tensor whose data cannot be read, with the reason', () => {
    const onTheGpu = {
      dims: [1, 1, 2, 1],
      type: 'float32',
      get data(): Float32Array {
        throw new Error('The data is not on CPU. Use getData() to download GPU data to CPU.');
      },
    };
    expect(() => readInputs(plan, onTheGpu, one, one)).toThrow(
      'query: got a tensor that cannot be read (The data is not on CPU. Use getData() to download GPU data to CPU.), wanted',
    );
    expect(() => requireTensor('x', onTheGpu, [1])).toThrow(ParameterError);
  });
});

it('parameters of families may be tensors of onnxruntime, and refuse nested arrays with a hint', () => {
  const table = { dims: [1, 3], type: 'float32', data: Float32Array.of(1, 2, 3) };
  expect(perOffset({ heads: 1, maxDistance: 1, table }).value(0, -1, 0)).toBe(1);
  expect(() => perOffset({ heads: 1, maxDistance: 1, table: [[1, 2, 3]] as never })).toThrow('wanted 3');
  expect(() => alibi({ heads: 1, slopes: [[1]] as never })).toThrow(
    'alibi.slopes[0]: got [1], wanted a finite number. Nested arrays go in as tensor(rows).',
  );
});
