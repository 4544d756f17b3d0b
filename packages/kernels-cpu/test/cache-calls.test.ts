// The behaviour of a key/value cache: pauses, aborts, refusals that change nothing, and disposal. Its results are tested in cache.test.ts.
import type { Tensor } from '@relbias/bias-spec';
import { alibi, swinFamily } from '@relbias/bias-spec';
import type { AttentionCache, CacheOptions, CpuBackend } from '@relbias/kernels-cpu';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { describe, expect, test } from 'vitest';
import { backendOf } from '../src/backend/backend.ts';
import type { KernelCache } from '../src/backend/kernel.ts';
import { openWasmSync } from '../src/wasm/open.ts';
import { drawTensor } from './draw.ts';

const backend = createCpuBackendSync();

/** As in ES2024, which is newer than the library that this workspace is type-checked with. */
type ResizableBuffer = ArrayBuffer & { resize(bytes: number): void };
const Resizable = ArrayBuffer as unknown as new (bytes: number, limit: { readonly maxByteLength: number }) => ResizableBuffer;

describe('attend without blocking the thread', () => {
  const given = { heads: 4, headDim: 64, bias: alibi({ heads: 4 }) };
  const tensor = drawTensor('x', 1, 4, 1500, 64);

  function filled(): AttentionCache {
    const cache = backend.createCacheSync(given);
    cache.append(tensor, tensor);
    return cache;
  }

  test('gives the bits of attendSync, and changes are refused meanwhile', async () => {
    const cache = filled();
    const wanted = cache.attendSync(tensor);
    const pending = cache.attend(tensor);
    expect(() => cache.append(tensor, tensor)).toThrow('cache.append: got an attend that has not finished');
    expect(() => cache.truncate(3)).toThrow('Await it first, or use attendSync');
    const fork = cache.fork();
    fork.truncate(3);
    expect(await pending).toEqual(wanted);
    expect(cache.attendSync(tensor)).toEqual(wanted);
    cache.truncate(3);
    cache.append(tensor, tensor);
    expect(cache.length).toBe(1503);
  });

  test('can be aborted while its only block ends', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const pending = filled().attend(drawTensor('one', 1, 4, 1, 64), { signal: controller.signal });
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });

  test('can be aborted, before and during a call, and later calls are right', async () => {
    const cache = filled();
    const wanted = cache.attendSync(tensor);
    const reason = new Error('enough');
    await expect(cache.attend(tensor, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const progress = (): void => controller.abort(reason);
    await expect(cache.attend(tensor, { signal: controller.signal, progress })).rejects.toBe(reason);
    expect(await cache.attend(tensor)).toEqual(wanted);
    cache.truncate(1);
  });

  test.each<[string, (buffer: ResizableBuffer) => unknown]>([
    ['transferred', (buffer) => structuredClone(buffer, { transfer: [buffer] })],
    ['resized', (buffer) => buffer.resize(buffer.byteLength / 2)],
  ])('a query that is %s under it is refused, and the cache goes on being right', async (_how, lose) => {
    const cache = filled();
    const wanted = cache.attendSync(tensor);
    const numbers = tensor.data as Float32Array;
    const buffer = new Resizable(numbers.byteLength, { maxByteLength: numbers.byteLength });
    const query = new Float32Array(buffer);
    query.set(numbers);
    let lost = false;
    const progress = (): void => {
      if (!lost) lose(buffer);
      lost = true;
    };
    await expect(cache.attend(query, { progress })).rejects.toThrow(
      'query: got a buffer that was transferred or resized during the run',
    );
    expect(lost).toBe(true);
    expect(await cache.attend(tensor)).toEqual(wanted);
  });

  test('rejects if its cache is disposed meanwhile', async () => {
    const cache = filled();
    const pending = cache.attend(tensor);
    cache.dispose();
    await expect(pending).rejects.toThrow('a disposed cache');
  });
});

describe('refused calls change nothing', () => {
  const given: CacheOptions = { heads: 2, keyValueHeads: 1, headDim: 2, valueDim: 1 };
  const key = Float32Array.of(1, 2, 3, 4);
  const value = Float32Array.of(5, 6);
  const query = Float32Array.of(1, 2, 3, 4);

  test.each<[string, (cache: AttentionCache) => unknown, string]>([
    ['a key of no whole tokens', (cache) => cache.append(key.subarray(1), value), 'key: got 3 numbers, wanted [1, 1, tokens, 2]'],
    ['other tokens in the value', (cache) => cache.append(key, key), 'value: got 4 numbers, wanted 2'],
    ['no tokens', (cache) => cache.append(new Float32Array(), new Float32Array()), 'with tokens at least 1'],
    ['a key of another shape', (cache) => cache.append({ data: key, shape: [1, 2, 1, 2], dtype: 'float32' }, value), 'key.shape'],
    ['nothing', (cache) => cache.append(undefined as never, value), 'key: got undefined'],
    ['a value that is not finite', (cache) => cache.append(key, Float32Array.of(1, Number.NaN)), 'value.data[1]: got NaN'],
    [
      'a query that is not finite',
      (cache) => cache.attendSync(Float32Array.of(1, 2, 3, Infinity)),
      'query.data[3]: got Infinity',
    ],
    ['more rows than tokens', (cache) => cache.attendSync(new Float32Array(12)), 'tokens from 1 to 2, the tokens in the cache'],
    ['products beyond float32', (cache) => cache.attendSync(query.map((one) => one * 5e37)), 'scores: got up to'],
    ['a misspelt option', (cache) => cache.attendSync(query, { logsumexp: true } as never), 'options.logsumexp'],
    ['truncating to more', (cache) => cache.truncate(3), 'cache.truncate: got 3, wanted an integer from 0 to 2'],
    ['truncating to a part', (cache) => cache.truncate(0.5), 'cache.truncate: got 0.5'],
  ])('%s', (_mistake, call, message) => {
    const cache = backend.createCacheSync(given);
    cache.append(key, value);
    const wanted = cache.attendSync(query);
    expect(() => call(cache)).toThrow(message);
    expect(cache.length).toBe(2);
    expect(cache.attendSync(query)).toEqual(wanted);
  });

  /** Each append is far below the range of float32; together they exceed it. */
  test.each<[string, { key?: number; value?: number; query?: number }, string]>([
    ['sums of values', { value: 2 ** 126 }, 'values: got sums up to 1.7e+38 over the keys of query 0'],
    ['the first products', { key: 2 ** 100, query: 2 ** 30 }, 'scores: got up to'],
  ])('%s that float32 does not hold, as the full pass refuses them', (_what, large, message) => {
    const one = { heads: 1, headDim: 1 };
    const wide = Float32Array.of(large.query ?? 1);
    const [keys, values] = [Float32Array.of(large.key ?? 1, 1), Float32Array.of(large.value ?? 1, (large.value ?? 1) * 1.001)];
    const cache = backend.createCacheSync(one);
    cache.append(keys.slice(0, 1), values.slice(0, 1));
    cache.append(keys.slice(1), values.slice(1));
    const full = backend.prepareSync({ ...one, queries: 1, keys: 2 });
    expect(() => full.runSync(wide, keys, values)).toThrow(message);
    expect(() => cache.attendSync(wide)).toThrow(message);
    expect(() => cache.fork().attendSync(wide)).toThrow(message);
    cache.truncate(0);
    cache.append(Float32Array.of(1), Float32Array.of(7));
    expect(cache.attendSync(wide).output.data).toEqual(Float32Array.of(7));
  });

  test('a failed append leaves no trace of its tokens: no bounds, no dtypes', () => {
    const kernel = openWasmSync('test', { variant: 'simd' });
    let looks = 0;
    const watched = backendOf({
      ...kernel,
      openCache(plan, capacity) {
        const inner = kernel.openCache?.(plan, capacity) as KernelCache;
        const read = (length: number): ReturnType<KernelCache['read']> => {
          looks++;
          return inner.read(length);
        };
        return Object.create(inner, { read: { value: read } });
      },
    });
    const cache = watched.createCacheSync({ heads: 1, headDim: 1 });
    const [huge, bad] = [Float32Array.of(2 ** 100), Float32Array.of(NaN)];
    for (const length of [0, 1]) {
      expect(() => cache.append(huge, bad)).toThrow('value.data[0]: got NaN');
      expect(() => cache.append(bad, huge)).toThrow('key.data[0]: got NaN');
      expect(cache.length).toBe(length);
      if (length === 0) cache.append(Float32Array.of(1), Float32Array.of(7));
      expect(cache.attendSync(Float32Array.of(2 ** 30)).output.data).toEqual(Float32Array.of(7));
    }
    expect(looks).toBe(0);
    cache.append(huge, Float32Array.of(7));
    expect(() => cache.attendSync(Float32Array.of(2 ** 30))).toThrow('scores: got up to');
    expect(looks).toBe(1);

    const strict = backend.createCacheSync({ heads: 1, headDim: 1, numerics: 'reproducible' });
    const halves: Tensor = { data: Uint16Array.of(0x3f80), shape: [1, 1, 1, 1], dtype: 'bfloat16' };
    expect(() => strict.append(halves, bad)).toThrow('value.data[0]: got NaN');
    strict.append(Float32Array.of(1), Float32Array.of(7));
    expect(strict.attendSync(Float32Array.of(1)).output.data).toEqual(Float32Array.of(7));
  });

  test('attend on an empty cache is refused', () => {
    const cache = backend.createCacheSync(given);
    expect(() => cache.attendSync(query)).toThrow('cache.attend: got an empty cache');
    cache.append(key, value);
    cache.truncate(0);
    expect(() => cache.attendSync(query)).toThrow('Append keys and values first');
  });

  test.each<[string, object, string]>([
    [
      'queries',
      { queries: 1 },
      'createCache.queries: got 1, wanted no such option for a cache. The query of each attend determines it',
    ],
    ['positions', { positions: { query: [0], key: [0] } }, 'createCache.positions'],
    ['a softcap in the reproducible profile', { numerics: 'reproducible', softcap: 5 }, 'problem.softcap: got 5, wanted none'],
    [
      'key lengths',
      { mask: { keyLengths: [1] } },
      'createCache.mask.keyLengths: got [1], wanted no such option for a cache. All batch rows',
    ],
    ['segments', { mask: { segments: { query: [0], key: [0] } } }, 'createCache.mask.segments'],
    [
      'positions of its own',
      { bias: swinFamily.initialise(2, Math.random) },
      'createCache.bias: got swin, which defines positions',
    ],
    ['a misspelt option', { head_dim: 3 }, "createCache.head_dim: got the unknown option 'head_dim'"],
    ['a capacity of 0', { capacity: 0 }, 'createCache.capacity: got 0, wanted a number of tokens from 1 to 8388608'],
    ['heads that do not divide', { keyValueHeads: 3 }, 'keyValueHeads'],
    ['more than addresses reach', { headDim: 2 ** 20, capacity: 1024 }, 'split the batch or the heads'],
  ])('%s', (_what, wrong, message) => {
    expect(() => backend.createCacheSync({ ...given, ...wrong })).toThrow(message);
  });

  test('undefined options count as missing, inherited ones as given', () => {
    const bias = alibi({ heads: 2 });
    const forwarded = {
      ...given,
      bias,
      queries: undefined,
      positions: undefined,
      mask: { causal: false, keyLengths: undefined },
    };
    const inherited: CacheOptions = Object.create({ ...given, bias });
    const answers = [{ ...given, bias }, forwarded, inherited].map((options) => {
      const cache = backend.createCacheSync(options);
      cache.append(Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(5, 6, 7));
      return cache.attendSync(query);
    });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  test('kernels without a cache name the kernel that has one', async () => {
    for (const kernel of ['naive', 'online'] as const) {
      await expect(createCpuBackendSync({ kernel }).createCache(given)).rejects.toThrow(
        /createCache.*Create the backend with kernel: 'wasm'/,
      );
    }
  });

  test('a disposed cache throws', async () => {
    const own: CpuBackend = createCpuBackendSync();
    const cache = await own.createCache(given);
    const other = cache.fork();
    cache.dispose();
    cache.dispose();
    expect([cache.length, cache.capacity, cache.bytes]).toEqual([0, 0, 0]);
    expect(() => cache.append(key, value)).toThrow('a disposed cache');
    other.append(key, value);
    await own.dispose();
    expect(() => other.attendSync(query)).toThrow('Create a new one');
    expect(() => own.createCacheSync(given)).toThrow('a disposed backend');
  });
});
