// Tensors and options whose getters change the cache while it reads them: the cache must read every argument before it looks at its own state.
import type { Tensor } from '@relbias/bias-spec';
import type { AttentionCache, CpuBackend } from '@relbias/kernels-cpu';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { expect, test } from 'vitest';

const given = { heads: 1, headDim: 1 };
const token = Float32Array.of(1);

function filled(backend: CpuBackend = createCpuBackendSync(), tokens = 3): AttentionCache {
  const cache = backend.createCacheSync(given);
  cache.append(new Float32Array(tokens).fill(1), new Float32Array(tokens).fill(7));
  return cache;
}

/** A tensor of `tokens` ones that calls `act` whenever one of its fields is read. */
function acting(tokens: number, act: () => unknown): Tensor {
  const fields: Tensor = { data: new Float32Array(tokens).fill(1), shape: [1, 1, tokens, 1], dtype: 'float32' };
  return Object.defineProperties(
    {},
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { get: () => (act(), value) }])),
  ) as Tensor;
}

test.each<[string, (cache: AttentionCache, query: Tensor) => unknown]>([
  ['attendSync', (cache, query) => cache.attendSync(query)],
  ['attend', (cache, query) => cache.attend(query)],
])('%s with a query that truncates the cache refuses more rows than tokens', async (_name, attend) => {
  const cache = filled();
  const query = acting(3, () => cache.truncate(1));
  await expect((async () => attend(cache, query))()).rejects.toThrow('tokens from 1 to 1, the tokens in the cache');
  const emptied = filled();
  const emptying = acting(1, () => emptied.truncate(0));
  await expect((async () => attend(emptied, emptying))()).rejects.toThrow('cache.attend: got an empty cache');
});

test('attend with a query whose getter appends sees the appended tokens', () => {
  const cache = filled();
  let appended = false;
  const query = acting(1, () => {
    if (!appended) cache.append(token, Float32Array.of(11));
    appended = true;
  });
  expect(cache.attendSync(query).output.data).toEqual(Float32Array.of(8));
});

test('append with tensors whose getters append keeps both', () => {
  const cache = filled(undefined, 1);
  let appended = false;
  const key = acting(1, () => {
    if (!appended) cache.append(token, Float32Array.of(9));
    appended = true;
  });
  cache.append(key, Float32Array.of(11));
  expect(cache.length).toBe(3);
  expect(cache.attendSync(token).output.data).toEqual(Float32Array.of(9));
});

test.each<[string, (cache: AttentionCache, dispose: () => void) => unknown]>([
  ['append', (cache, dispose) => cache.append(acting(1, dispose), token)],
  ['append of a value', (cache, dispose) => cache.append(token, acting(1, dispose))],
  ['attendSync', (cache, dispose) => cache.attendSync(acting(1, dispose))],
])('%s with a tensor that disposes the cache is an error', (_name, call) => {
  const cache = filled();
  expect(() => call(cache, () => cache.dispose())).toThrow('a disposed cache');
  const backend = createCpuBackendSync();
  const owned = filled(backend);
  expect(() => call(owned, () => void backend.dispose())).toThrow('a disposed cache');
});

test('append with a tensor whose getter begins an attend is an error', async () => {
  const cache = filled();
  let pending: Promise<unknown> | undefined;
  const key = acting(1, () => {
    pending ??= cache.attend(token);
  });
  expect(() => cache.append(key, token)).toThrow('cache.append: got an attend that has not finished');
  await pending;
  expect(cache.length).toBe(3);
});

test('options whose getters dispose the backend create no cache', () => {
  const backend = createCpuBackendSync();
  const options = Object.defineProperty({ ...given }, 'capacity', { enumerable: true, get: () => void backend.dispose() });
  expect(() => backend.createCacheSync(options)).toThrow('a disposed backend');
});

test('truncate(-0) leaves a length of 0', () => {
  const cache = filled();
  cache.truncate(-0);
  expect(Object.is(cache.length, 0)).toBe(true);
});
