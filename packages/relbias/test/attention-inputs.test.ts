// Tensors and options of one call as users of other libraries write them: they go in, or the refusal says how to write them.
import { expect, test } from 'vitest';
import type { CreateCacheOptions } from '../src/index.ts';
import { attention, createBackend, createCache, tensor } from '../src/index.ts';

const data = Float32Array.of(1, 2, 3, 4);
const one = tensor(data, [1, 1, 4, 1]);
const call = attention as (...given: unknown[]) => Promise<{ readonly output: { readonly data: Float32Array } }>;
const causal = { mask: { causal: true } };

/** The output rises only if the mask hides later keys from the first query. */
const firstOf = async (given: unknown, options: unknown = causal): Promise<number> =>
  (await call(given, given, given, options)).output.data[0];

test.each([
  ['dims in a typed array', { dims: Int32Array.of(1, 1, 4, 1), type: 'float32', data }],
  ['a shape of BigInts', { shape: [1n, 1n, 4n, 1n], dtype: 'float32', data }],
  [
    'a tensor whose fields are getters',
    new (class Wrapped {
      get dims(): number[] {
        return [1, 1, 4, 1];
      }
      get type(): string {
        return 'float32';
      }
      get data(): Float32Array {
        return data;
      }
    })(),
  ],
])('%s goes in', async (_name, given) => {
  expect(await firstOf(given)).toBe(1);
});

test.each([
  ['inherited', Object.create(causal) as object],
  [
    'of a getter in a class',
    new (class Options {
      get mask(): object {
        return causal.mask;
      }
    })(),
  ],
])('options that are %s are not left out', async (_name, options) => {
  expect(await firstOf(one, options)).toBe(1);
});

const rows = tensor(data, [1, 4, 1]);
test.each<[string, readonly unknown[], string]>([
  [
    'three axes',
    [rows, rows, rows],
    'tensor(data, [1, 1, 4, 1]). Of [batch, sequence, heads * dim] split the last axis: tensor(data, [batch, seq',
  ],
  [
    'a promise',
    [Promise.resolve(one), one, one],
    'query.shape: got a Promise, wanted [batch, heads, sequence, dim]. Await it first.',
  ],
  ['one object of tensors', [{ query: one, key: one, value: one }], 'Write: attention(query, key, value, options).'],
  ['a query alone', [one], 'key.shape: got undefined, wanted [batch, heads, sequence, dim]. Write: attention(query, key, value'],
  [
    'nested arrays',
    [[[[[1]]]], one, one],
    'query.shape: got [an array of 1], wanted [batch, heads, sequence, dim]. tensor(rows) makes one',
  ],
  ['a map of options', [one, one, one, new Map([['mask', 1]])], 'options: got a Map, wanted an object'],
  ['a list of options', [one, one, one, [causal]], 'options: got [an Object], wanted an object'],
  [
    'an unknown option',
    [one, one, one, { dropout: 0.1 }],
    'wanted one of bias, convention, scale, biasScale, mask, softcap, queryStart, positions, numerics, backend, logSumExp, signal, progress.',
  ],
  ['a slip in an option of the call', [one, one, one, { backned: 'cpu' }], "options.backned: got the unknown option 'backned'"],
  ['the name of another library', [one, one, one, { return_lse: true }], "Did you mean 'logSumExp'?"],
  [
    'a controller for its signal',
    [one, one, one, { signal: new AbortController() }],
    'options.signal: got an AbortController, wanted an AbortSignal. Write: controller.signal.',
  ],
  ['true for a signal', [one, one, one, { signal: true }], 'options.signal: got true, wanted an AbortSignal'],
])('%s: refused', async (_name, given, message) => {
  await expect(call(...given)).rejects.toThrow(message);
});

test.each([
  [
    'a map for a backend',
    () => createBackend('cpu', new Map([['threads', 2]]) as never),
    'backend cpu: got a Map, wanted an object of options',
  ],
  ['a list for a backend', () => createBackend('cpu', [2] as never), 'backend cpu: got [2], wanted an object of options'],
  [
    'a map for a cache',
    () => createCache({ heads: 1, headDim: 1 }, new Map([['threads', 2]]) as CreateCacheOptions),
    'createCache, options: got a Map',
  ],
  [
    'threads in the problem of a cache',
    () => createCache({ heads: 1, headDim: 1, threads: 2 } as never),
    'It belongs in the options of the backend',
  ],
  [
    'a backend in the problem of a cache',
    () => createCache({ heads: 1, headDim: 1, backend: 'cpu' } as never),
    'createCache(problem, { backend })',
  ],
])('%s: refused', async (_name, make, message) => {
  await expect(make()).rejects.toThrow(message);
});
