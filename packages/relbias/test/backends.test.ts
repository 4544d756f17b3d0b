// Backends by name with their options, and the cache that owns its backend: what is passed on, what is disposed, what is refused.
import { alibi } from '@relbias/bias-spec';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { BackendName, CpuBackend, CreateCacheOptions, GpuOptions } from '../src/index.ts';
import { createBackend, createCache } from '../src/index.ts';

const problem = { heads: 1, headDim: 1, bias: alibi({ heads: 1 }), mask: { causal: true } };
const one = (value: number): Float32Array => Float32Array.of(value);

describe('createBackend', () => {
  test('passes on the options of the CPU backend, typed', async () => {
    const backend = await createBackend('cpu', { threads: 2, variant: 'simd' });
    expectTypeOf(backend).toEqualTypeOf<CpuBackend>();
    expect(backend.threads.count).toBe(2);
    expect(backend.ranOn.variant).toBe('simd');
    await backend.dispose();
  });

  test('types the options by the name', () => {
    // @ts-expect-error threads is no option of a GPU backend
    const wrong = (): unknown => createBackend('gpu', { threads: 2 });
    // @ts-expect-error gpu is no option of a CPU backend
    const other = (): unknown => createBackend('cpu:wasm', { gpu: {} });
    const either = (name: BackendName, options: GpuOptions): unknown => createBackend(name, options);
    expect([wrong, other, either]).toHaveLength(3);
  });

  const make = (name: string, options: unknown): Promise<unknown> => createBackend(name as 'cpu', options as object);
  test.each([
    [
      'cpu',
      { gpu: {} },
      'backend cpu: got the unknown option gpu, wanted one of threads, variant, revectorize. gpu is an option of the gpu',
    ],
    ['cpu', { thread: 4 }, 'the unknown option thread, wanted one of threads, variant, revectorize. Did you mean threads?'],
    ['cpu', { kernel: 'naive' }, "The kernel is part of the name: 'cpu:naive'"],
    ['cpu', 4, 'backend cpu: got 4, wanted an object of options (threads'],
    ['cpu', null, 'backend cpu: got null, wanted an object of options (threads'],
    ['cpu:naive', { threads: 4 }, 'a kernel that runs on one thread'],
    ['gpu', { threads: 4 }, 'the unknown option threads, wanted one of gpu, device. threads is an option of the cpu backends.'],
    ['gpu:webgl2', { mode: 'webgpu' }, "The mode is part of the name: 'gpu:webgpu'"],
    ['gpu:webgpu', { devise: {} }, 'Did you mean device?'],
    ['cpu:simd', {}, 'backend: got "cpu:simd", wanted cpu, cpu:naive'],
    ['gpu:webGPU', {}, "Did you mean 'gpu:webgpu'?"],
    ['wasm', {}, "Did you mean 'cpu:wasm'?"],
    ['webgpu', {}, "Did you mean 'gpu:webgpu'?"],
  ])('%s with %o is refused', async (name, options, message) => {
    await expect(make(name, options)).rejects.toThrow(message);
  });
});

describe('createCache', () => {
  test('computes on the backend it made, with its options', async () => {
    const cache = await createCache(problem, { threads: 2 });
    cache.append(one(1), one(7));
    const { output, ranOn } = await cache.attend(one(1));
    expect([...output.data]).toEqual([7]);
    expect(ranOn).toMatchObject({ backend: 'cpu', kernel: 'wasm' });
    expect([cache.length, cache.capacity > 0, cache.bytes > 0]).toEqual([1, true, true]);
    cache.truncate(0);
    expect(cache.length).toBe(0);
    await cache.dispose();
    await cache.dispose();
    expect(() => cache.append(one(1), one(7))).toThrow('cache');
  });

  test('a fork outlives the cache that it was copied from', async () => {
    const cache = await createCache(problem);
    cache.append(one(1), one(7));
    const fork = cache.fork();
    await cache.dispose();
    expect([...(await fork.attend(one(1))).output.data]).toEqual([7]);
    await fork.dispose();
    await expect(fork.attend(one(1))).rejects.toThrow('disposed');
  });

  test("does not dispose the caller's backend", async () => {
    const backend = await createBackend('cpu');
    const caches = [await createCache(problem, { backend }), await createCache(problem, { backend })];
    await caches[0].dispose();
    caches[1].append(one(1), one(7));
    expect(caches[1].attendSync(one(1)).output.data[0]).toBe(7);
    await caches[1].dispose();
    const prepared = await backend.prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
    expect((await prepared.run(one(1), one(1), one(3))).output.data[0]).toBe(3);
    await backend.dispose();
  });

  const make = (options: unknown): Promise<unknown> => createCache(problem, options as CreateCacheOptions);
  test.each([
    [{ backend: 'gpu' }, 'backend gpu: got a request for a key/value cache, wanted cpu or cpu:wasm'],
    [{ backend: 'cpu:naive' }, "wanted the kernel 'wasm'"],
    [{ backend: 'cpu:wsam' }, "Did you mean 'cpu:wasm'?"],
    [{ backend: 7 }, 'createCache, options.backend: got 7, wanted the name of a CPU backend'],
    [{ backend: { prepare() {}, ranOn: { backend: 'mine', kernel: 'plain' } } }, 'backend mine plain: got a request for a'],
    [
      { backend: Promise.resolve({}) },
      "options.backend: got a Promise, wanted the name of a CPU backend, or one that createBackend('cpu') made. Await it first.",
    ],
    [{ thread: 2 }, 'Did you mean threads?'],
    [4, 'createCache, options: got 4, wanted an object, such as { threads: 4 }'],
  ])('%o is refused', async (options, message) => {
    await expect(make(options)).rejects.toThrow(message);
  });

  test('threads together with an existing backend', async () => {
    const backend = await createBackend('cpu');
    await expect(createCache(problem, { backend, threads: 2 })).rejects.toThrow("createBackend('cpu', { threads })");
    await expect(createCache({ ...problem, queries: 1 } as typeof problem, { backend })).rejects.toThrow('createCache.queries');
    await backend.dispose();
  });
});
