// A key/value cache on several threads: its attention is shared, with the bits of one thread; and caches and workers after calls that end early.
import { DeviceLostError, alibi, fire, toeplitzBias } from '@relbias/bias-spec';
import type { AttentionCache, CacheOptions } from '@relbias/kernels-cpu';
import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokensOf } from './cached-backend.ts';
import { draw, drawTensor } from './draw.ts';
import { walk } from './drawn/caches.ts';
import type { SharingBackend } from './sharing-backend.ts';
import { createSharingBackend } from './sharing-backend.ts';
import { sharingBackends } from './sharing-backends.ts';

const OPTIONS: Readonly<Record<string, CacheOptions>> = {
  'skipped keys': { heads: 4, keyValueHeads: 2, headDim: 16, bias: alibi({ heads: 4 }), mask: { causal: true } },
  'a batch, values of another width': {
    batch: 2,
    heads: 4,
    keyValueHeads: 2,
    headDim: 8,
    valueDim: 5,
    bias: alibi({ heads: 4 }),
  },
  'row-scaled term': {
    heads: 2,
    headDim: 16,
    bias: fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 1 }),
    mask: { causal: true },
  },
  'a table until it has grown, then row-scaled': {
    heads: 2,
    headDim: 16,
    bias: fire({ heads: 2, w1: [0.5, -1], b1: [0.1, 0.3], w2: [1, -1, 0.5, 2], b2: [0, 0.1], threshold: 300 }),
  },
  reproducible: { heads: 3, headDim: 9, bias: alibi({ heads: 3 }), numerics: 'reproducible' },
};

const TOKENS = 700;

interface Drawn {
  readonly cache: AttentionCache;
  readonly query: ReturnType<typeof drawTensor>;
}

/** A cache that has grown, forgotten and been forked on the way. */
function filled(backend: Pick<SharingBackend, 'createCacheSync'>, options: CacheOptions, tokens = TOKENS): Drawn {
  const { batch = 1, heads, keyValueHeads = heads, headDim, valueDim = headDim } = options;
  const key = drawTensor('key', batch, keyValueHeads, tokens, headDim);
  const value = drawTensor('value', batch, keyValueHeads, tokens, valueDim);
  const first = backend.createCacheSync({ ...options, capacity: 64 });
  first.append(tokensOf(key, 0, 100), tokensOf(value, 0, 100));
  first.truncate(90);
  const cache = first.fork();
  first.dispose();
  for (const [from, to] of [
    [90, 91],
    [91, 600],
    [600, tokens],
  ]) {
    cache.append(tokensOf(key, from, to), tokensOf(value, from, to));
  }
  return { cache, query: drawTensor('query', batch, heads, tokens, headDim) };
}

describe('the same bits', () => {
  const backends = sharingBackends([2, 3, 4]);

  test.each(Object.entries(OPTIONS))('%s', async (_, options) => {
    const alone = filled(createCpuBackendSync(), options);
    const queries = [1, 5, 130, TOKENS].map((rows) => tokensOf(alone.query, TOKENS - rows, TOKENS));
    const wanted = queries.map((query) => alone.cache.attendSync(query, { logSumExp: true }));
    expect(wanted[0].ranOn.threads).toBe(1);
    for (const [threads, backend] of backends) {
      const { cache } = filled(backend, options);
      for (const [index, query] of queries.entries()) {
        const shared = { ...wanted[index], ranOn: { ...wanted[index].ranOn, threads } };
        expect(cache.attendSync(query, { logSumExp: true })).toEqual(shared);
        expect(await cache.attend(query, { logSumExp: true })).toEqual(shared);
      }
      cache.dispose();
    }
  });

  test('after any operations, a cache returns the bits of the full pass', async () => {
    const backend = backends.get(3);
    let compared = 0;
    for (const seed of [0, 1, 2, 3, 4, 5, 47]) compared += (await walk(seed, backend)).compared;
    expect(compared).toBeGreaterThan(50);
  });
});

const given: CacheOptions = { heads: 4, headDim: 64, bias: alibi({ heads: 4 }), mask: { causal: true } };

describe('calls', () => {
  /** Long enough for several turns of the event loop. */
  const LONG = 2000;
  const few = (query: Drawn['query'], rows: number): ReturnType<typeof tokensOf> => tokensOf(query, LONG - rows, LONG);
  let backend: SharingBackend;
  let wanted: { readonly long: unknown; readonly short: unknown };
  beforeAll(async () => {
    backend = await createSharingBackend({ threads: 3 });
    const { cache, query } = filled(createCpuBackendSync(), given, LONG);
    wanted = { long: cache.attendSync(query).output.data, short: cache.attendSync(few(query, 70)).output.data };
  });
  afterAll(() => backend.dispose());

  test('overlapping attends take turns; a synchronous one meanwhile uses one thread, and neither affects the other', async () => {
    const { cache, query } = filled(backend, given, LONG);
    const other = cache.fork();
    let between;
    const progress = (): void => {
      between ??= cache.attendSync(few(query, 70));
    };
    const results = await Promise.all([cache, other, cache, other].map((one) => one.attend(query, { progress })));
    for (const { output, ranOn } of results) {
      expect(ranOn.threads).toBe(3);
      expect(output.data).toEqual(wanted.long);
    }
    expect(between).toMatchObject({ output: { data: wanted.short }, ranOn: { threads: 1 } });
  });

  test('a synchronous attend during one on one thread: each uses its own window of the bias', async () => {
    // Calls with few queries do not see the far future, which has the largest weights: they may skip keys that others must not.
    const value = (_head: number, distance: number): number => (distance <= -75 ? 5 : -Math.abs(distance));
    const bias = toeplitzBias({
      family: 'drawn',
      heads: 4,
      convention: 'after-scaling',
      parameters: {},
      value,
      addGradient() {},
    });
    const { cache, query } = filled(createCpuBackendSync(), { heads: 4, headDim: 64, bias }, LONG);
    const alone = cache.attendSync(query).output.data;
    const aloneOfFew = cache.attendSync(few(query, 70)).output.data;
    const between: unknown[] = [];
    const progress = (): void => void between.push(cache.attendSync(few(query, 70)).output.data);
    expect((await cache.attend(query, { progress })).output.data).toEqual(alone);
    expect(between.length).toBeGreaterThan(0);
    for (const one of between) expect(one).toEqual(aloneOfFew);
  });

  test('after an abort: the reason; then growing, truncating, forking and later results are right', async () => {
    const { cache, query } = filled(backend, given, LONG);
    const reason = new Error('enough');
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const progress = (): void => controller.abort(reason);
      await expect(cache.attend(query, { signal: controller.signal, progress })).rejects.toBe(reason);
      // Workers may still be in the middle of a row block.
      const { capacity } = cache;
      const more = drawTensor('more', 1, 4, capacity, 64);
      cache.append(more, more);
      expect(cache.capacity).toBeGreaterThan(capacity);
      cache.truncate(LONG);
      const fork = cache.fork();
      expect(cache.attendSync(query).output.data).toEqual(wanted.long);
      expect((await fork.attend(few(query, 70))).output.data).toEqual(wanted.short);
      fork.dispose();
    }
  });

  test('numbers that are not finite are refused while workers are busy; the next result is right', async () => {
    const { cache, query } = filled(backend, given, LONG);
    const wrong = (query.data as Float32Array).slice();
    wrong[wrong.length - 1] = NaN;
    await expect(cache.attend(wrong)).rejects.toThrow(/query\.data\[\d+\]: got NaN/);
    expect(() => cache.attendSync(wrong)).toThrow(/query\.data\[\d+\]: got NaN/);
    expect(cache.attendSync(query).output.data).toEqual(wanted.long);
  });

  test('an attend rejects if its cache is disposed meanwhile, and the workers keep serving others', async () => {
    for (let round = 0; round < 5; round++) {
      const { cache, query } = filled(backend, given, LONG);
      const progress = (): void => cache.dispose();
      await expect(cache.attend(query, { progress })).rejects.toThrow('a disposed cache');
      const next = filled(backend, given, LONG);
      expect((await next.cache.attend(query)).output.data).toEqual(wanted.long);
      next.cache.dispose();
    }
  });

  test('a call too short to share runs on the thread of the caller', async () => {
    const usual = await createCpuBackend({ threads: 2 });
    const { cache, query } = filled(usual, given, LONG);
    expect(cache.attendSync(query).ranOn.threads).toBe(2);
    cache.truncate(2);
    expect(cache.attendSync(few(query, 1)).ranOn.threads).toBe(1);
    await usual.dispose();
  });
});

test('allocated tensors disposed during a run: the workers keep serving others', async () => {
  const backend = await createSharingBackend({ threads: 2 });
  const problem = { heads: 4, queries: 1500, keys: 1500, headDim: 64 };
  const inputs = draw(problem);
  const wanted = createCpuBackendSync()
    .prepareSync(problem)
    .runSync(...inputs).output.data;
  for (let round = 0; round < 5; round++) {
    const prepared = await backend.prepare(problem);
    const { query, key, value } = prepared.allocate();
    query.data.set(inputs[0]);
    key.data.set(inputs[1]);
    value.data.set(inputs[2]);
    const progress = (): void => prepared.dispose();
    await expect(prepared.run(query, key, value, { progress })).rejects.toThrow('a disposed prepared attention');
    expect((await (await backend.prepare(problem)).run(...inputs)).output.data).toEqual(wanted);
  }
  await backend.dispose();
});

test('a lost worker: attends reject with the reason, and the rest of the cache stays readable', async () => {
  const backend = await createSharingBackend({ threads: 2 });
  const { cache, query } = filled(backend, given, 2000);
  await cache.attend(query);
  const progress = (): void => void backend.workers[0].terminate();
  const attends = async (): Promise<void> => {
    for (let round = 0; round < 100; round++) await cache.attend(query, { progress });
  };
  await expect(attends()).rejects.toThrow(DeviceLostError);
  await expect(cache.attend(query)).rejects.toThrow(/a worker that ended \(exit code 1\).*create a new one/);
  expect(() => cache.attendSync(query)).toThrow(DeviceLostError);
  expect(cache.length).toBe(2000);
  cache.truncate(10);
  await backend.dispose();
  expect(() => cache.attendSync(query)).toThrow('a disposed cache');
});
