// Arrays and objects that hold numbers in a form that is not read: each refusal says how to convert them, without changing a number.
import { describe, expect, it } from 'vitest';
import {
  ParameterError,
  ShapeError,
  alibi,
  contiguousPositions,
  headsFirst,
  planAttention,
  t5,
  tensor,
  toFloat32,
} from '../src/index.ts';
import { readInputs, readRunOptions } from '../src/backend/index.ts';

const numbers = Float32Array.of(1, 2);
const bytes = new Uint8Array(numbers.buffer);
/** The bytes of numbers in the middle of a larger buffer, at an odd offset, as Node's pool hands them out. */
const pooled = new Uint8Array(new ArrayBuffer(11), 3, 8);
pooled.set(bytes);
const ofTfjs = { shape: [1, 1, 2, 1], dtype: 'float32', dataSync: () => numbers, data: () => Promise.resolve(numbers) };

const BYTES = 'Bytes of float32 numbers: new Float32Array(Uint8Array.from(data).buffer). Integers: Float32Array.from(data).';
const make = (...given: unknown[]): unknown => (tensor as (...all: unknown[]) => unknown)(...given);
const plan = planAttention({ heads: 1, queries: 2, keys: 2, headDim: 1 });
const run = (query: unknown): unknown => readInputs(plan, query as Float32Array, numbers, numbers);

it('the printed conversions keep every number', () => {
  expect(new Float32Array(Uint8Array.from(pooled).buffer)).toEqual(numbers);
  expect(Float32Array.from(BigInt64Array.of(1n, 2n), Number)).toEqual(numbers);
});

it.each<[string, () => unknown, string | RegExp]>([
  ['tensor of a Buffer', () => make(pooled, [2]), BYTES],
  ['a run of a Buffer', () => run(pooled), BYTES],
  ['a run of a tensor over bytes', () => run({ data: bytes, shape: [1, 1, 2, 1], dtype: 'float32' }), BYTES],
  ['a table in a Buffer', () => t5({ heads: 1, table: bytes }), BYTES],
  ['tensor of an ArrayBuffer', () => make(numbers.buffer, [2]), 'got an ArrayBuffer, wanted a Float32Array'],
  ['tensor of a DataView', () => make(new DataView(numbers.buffer), [2]), /got a DataView of 8, wanted a Float32Array [^.]*\.$/],
  ['tensor of BigInts', () => make(new BigInt64Array(2), [2]), 'Round it to float32 first: Float32Array.from(data, Number).'],
  ['int64 of onnxruntime', () => make({ dims: [2], type: 'int64', data: new BigInt64Array(2) }), 'from(data, Number).'],
  ['a run of float64', () => run(new Float64Array(2)), 'Round it to float32 first: Float32Array.from(data).'],
  ['a run of bare halves', () => run(new Uint16Array(2)), "Bits of halves: tensor(data, shape, 'float16' or 'bfloat16')."],
  ['tensor of TensorFlow.js', () => make(ofTfjs), 'A tensor of TensorFlow.js: tensor(await t.data(), t.shape).'],
  ['a run of TensorFlow.js', () => run(ofTfjs), 'A tensor of TensorFlow.js: tensor(await t.data(), t.shape).'],
  ['a table of TensorFlow.js', () => t5({ heads: 1, table: ofTfjs as never }), 'A tensor of TensorFlow.js'],
  ['a bare array widened', () => toFloat32(numbers as never), 'wanted { data, shape, dtype }. tensor(data, shape) makes one'],
])('%s', (_name, call, message) => {
  expect(call).toThrow(ParameterError);
  expect(call).toThrow(message);
});

describe('an array whose buffer went to a worker', () => {
  const sent = new Float32Array(2);
  structuredClone(sent.buffer, { transfer: [sent.buffer] });

  it.each<[string, () => unknown]>([
    ['makes no tensor', () => make(sent, [2])],
    ['is no input', () => run(sent)],
    ['is no input in a tensor', () => run({ data: sent, shape: [1, 1, 2, 1], dtype: 'float32' })],
  ])('%s', (_name, call) => {
    expect(call).toThrow(ShapeError);
    expect(call).toThrow('got 0 numbers, wanted 2 for the shape');
    expect(call).toThrow('An array is empty after its buffer was transferred, for example to a worker.');
  });
});

it.each([1e39, -1e300, Number.MAX_VALUE])('a number beyond float32 is refused, not made infinite: %d', (number) => {
  expect(() => tensor([1, number], [2])).toThrow(`tensor[1]: got ${number}, wanted a number that float32 can hold, up to 3.4e38`);
  expect(() => tensor([[1], [number]])).toThrow('tensor[1][0]');
});

it('shapes in typed arrays and BigInts go in', () => {
  const dims = Int32Array.of(1, 2, 1, 1);
  expect(headsFirst({ data: numbers, shape: dims as never, dtype: 'float32' }).shape).toEqual([1, 1, 2, 1]);
  expect(headsFirst({ data: numbers, dims: [1n, 2n, 1n, 1n] as never, type: 'float32' }).shape).toEqual([1, 1, 2, 1]);
});

describe('objects whose entries are no options', () => {
  const pairs = [['heads', 8]] as const;
  it.each<[string, () => unknown, string]>([
    ['a Map for a family', () => alibi(new Map(pairs) as never), 'alibi: got a Map, wanted an object with the options heads'],
    ['a Map for a problem', () => planAttention(new Map(pairs) as never), 'problem: got a Map'],
    ['a Map for a mask', () => planAttention({ ...plan0(), mask: new Map([['causal', true]]) as never }), 'mask: got a Map'],
    ['a Promise for a mask', () => planAttention({ ...plan0(), mask: Promise.resolve({}) as never }), 'mask: got a Promise'],
    ['a Set for a window', () => planAttention({ ...plan0(), mask: { window: new Set() as never } }), 'mask.window: got a Set'],
    ['a Date for a run', () => readRunOptions(new Date() as never), 'options: got a Date'],
    ['a query string for a run', () => readRunOptions(new URLSearchParams('logSumExp=true') as never), 'got a URLSearchParams'],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(ParameterError);
    expect(call).toThrow(message);
  });

  it('objects of other kinds with fields go in', () => {
    const options = Object.assign(Object.create(null) as { heads: number }, { heads: 8 });
    for (const given of [
      options,
      Object.freeze({ heads: 8 }),
      new (class Options {
        heads = 8;
      })(),
      new Proxy(options, {}),
    ]) {
      expect(alibi(given).heads).toBe(8);
    }
  });
});

const plan0 = (): { heads: number; queries: number; keys: number; headDim: number } => ({
  heads: 1,
  queries: 2,
  keys: 2,
  headDim: 1,
});

it.each([
  [[3], 'queries: got undefined, wanted an integer from 1 to'],
  [[1, 2], 'keys: got undefined'],
  [[-1, 5, 5], 'batch: got -1'],
  [[1, 0, 5], 'queries: got 0'],
  [[1, 1, 2 ** 40], 'keys: got 1099511627776'],
])('contiguousPositions(%j) is refused by the first wrong number', (given, message) => {
  const call = (): unknown => (contiguousPositions as (...all: unknown[]) => unknown)(...given);
  expect(call).toThrow(ParameterError);
  expect(call).toThrow(message);
});
