// A key/value cache for decoding in one call. It owns the backend that it runs on.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { readOptions, show } from '@relbias/bias-spec/backend';
import type { AttentionCache, CacheOptions, CpuBackend } from '@relbias/kernels-cpu';
import type { CpuBackendName, CpuOptions } from './backends.ts';
import { createBackend, readBackendName } from './backends.ts';

/** Where a cache runs. */
export interface CreateCacheOptions extends CpuOptions {
  /** A CPU backend's name, or a CPU backend that you created and will dispose. Default `cpu`. */
  readonly backend?: CpuBackendName | CpuBackend;
}

/** A cache that owns its backend. */
export interface OwnedCache extends AttentionCache {
  /** An independent copy on the same backend. */
  fork(): OwnedCache;
  /** Frees the cache's memory, and the backend with the last of the cache and its forks. Disposing twice is not an error. */
  dispose(): Promise<void>;
}

/**
 * Creates an empty key/value cache for decoding, on a CPU backend of its own.
 *
 * The cache owns the backend: when the cache and its forks are disposed, so is the backend. To run several caches on one backend, pass
 * the backend: `createCache(problem, { backend })`. You then dispose it yourself.
 *
 * @param problem - an attention problem without `queries`, `keys` and positions: token n is at position n.
 * @param options - `threads`, `variant`, `revectorize` of the CPU backend; `backend` for another kernel or a backend of yours.
 * @throws ParameterError, ShapeError for a problem or options that do not fit, UnsupportedError for a backend without a cache.
 * @example
 * const cache = await createCache({ heads: 1, headDim: 1, bias: alibi({ heads: 1 }), mask: { causal: true } });
 * cache.append(Float32Array.of(1), Float32Array.of(7)); // key and value of one token
 * const { output } = await cache.attend(Float32Array.of(1)); // its query
 * output.data[0]; // 7
 * await cache.dispose(); // and its backend
 */
export async function createCache(problem: CacheOptions, options: CreateCacheOptions = {}): Promise<OwnedCache> {
  if (options === null || typeof options !== 'object') {
    throw new ParameterError({ what: 'createCache, options', got: show(options), wanted: 'an object, such as { threads: 4 }' });
  }
  const { backend: chosen = 'cpu', ...cpuOptions } = readOptions('createCache, options', options, null);
  if (typeof chosen !== 'string') return onBackendOfCaller(problem, chosen, cpuOptions);
  const [kind] = readBackendName('createCache, options.backend', chosen);
  if (kind !== 'cpu') throw withoutCache(chosen);
  const backend = await createBackend(chosen, cpuOptions);
  try {
    const holders = { count: 0, end: () => backend.dispose() };
    return owned(await backend.createCache(problem), holders);
  } catch (error) {
    await backend.dispose();
    throw error;
  }
}

async function onBackendOfCaller(problem: CacheOptions, backend: unknown, cpuOptions: CpuOptions): Promise<OwnedCache> {
  const { createCache: create, prepare, ranOn } = (backend ?? {}) as Partial<CpuBackend>;
  if (typeof prepare !== 'function') {
    throw new ParameterError({
      what: 'createCache, options.backend',
      got: show(backend),
      wanted: "the name of a CPU backend, or one that createBackend('cpu') made",
      hint: backend instanceof Promise ? 'Await it first.' : undefined,
    });
  }
  if (typeof create !== 'function') throw withoutCache(`${ranOn?.backend} ${ranOn?.kernel}`);
  const [stray] = Object.keys(cpuOptions);
  if (stray !== undefined) {
    throw new ParameterError({
      what: `createCache, options.${stray}`,
      got: 'an option of a backend that exists already',
      wanted: 'no such option together with options.backend',
      hint: `Pass it when you create the backend: createBackend('cpu', { ${stray} }).`,
    });
  }
  return owned(await (backend as CpuBackend).createCache(problem), { count: 0, end: async () => {} });
}

function withoutCache(name: string): UnsupportedError {
  return new UnsupportedError({
    what: `backend ${name}`,
    got: 'a request for a key/value cache',
    wanted: 'cpu or cpu:wasm, the backends that have one',
    hint: 'On other backends prepare a problem of one query for each step.',
  });
}

/** The number of caches that share the backend, and what to do after the last is disposed. */
interface Holders {
  count: number;
  end(): Promise<void>;
}

function owned(cache: AttentionCache, holders: Holders): OwnedCache {
  holders.count++;
  let disposal: Promise<void> | undefined;
  return {
    get length() {
      return cache.length;
    },
    get capacity() {
      return cache.capacity;
    },
    get bytes() {
      return cache.bytes;
    },
    append: cache.append,
    attend: cache.attend,
    attendSync: cache.attendSync,
    truncate: cache.truncate,
    fork: () => owned(cache.fork(), holders),
    dispose() {
      disposal ??= release(cache, holders);
      return disposal;
    },
  };
}

async function release(cache: AttentionCache, holders: Holders): Promise<void> {
  cache.dispose();
  holders.count--;
  if (holders.count === 0) await holders.end();
}
