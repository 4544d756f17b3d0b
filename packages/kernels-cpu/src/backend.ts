// The CPU backend: a kernel in the contract. Plans problems, and keeps track of what lives until it is disposed.
import type { AttentionPlan, AttentionProblem, Backend, RanOn } from '@relbias/bias-spec';
import { UnsupportedError, planAttention } from '@relbias/bias-spec';
import { requireNumerics } from '@relbias/bias-spec/backend';
import { proveDeviceSync, requireLogitsInRange } from '@relbias/bias-spec/reproducible';
import { cacheOver } from './cache-object.ts';
import type { CacheOptions } from './cache-options.ts';
import { readCacheOptions } from './cache-options.ts';
import type { AttentionCache } from './cache.ts';
import { gone } from './gone.ts';
import type { CpuKernel } from './kernel.ts';
import type { PreparedCpuAttention } from './prepared-runs.ts';
import { prepareRuns } from './prepared-runs.ts';
import { SPLIT, withRoom } from './room.ts';
import type { ThreadCount } from './wasm/threads/available.ts';

/** Attention on the CPU. */
export interface CpuBackend extends Backend {
  /** How many threads compute, the caller's included, and why there are not more. A backend that lost a worker says so here. */
  readonly threads: ThreadCount;
  prepare(problem: AttentionProblem): Promise<PreparedCpuAttention>;
  /** The same as `prepare`, at once. */
  prepareSync(problem: AttentionProblem): PreparedCpuAttention;
  /**
   * An empty key/value cache for decoding, in memory of its own. Disposing the backend disposes it.
   *
   * @throws ParameterError, ShapeError, UnsupportedError naming the option; UnsupportedError for kernels other than `wasm`.
   */
  createCache(options: CacheOptions): Promise<AttentionCache>;
  /** The same as `createCache`, at once. */
  createCacheSync(options: CacheOptions): AttentionCache;
}

const NOT_VETTED = (): void => {};

/** Wraps a kernel in the contract. */
export function backendOf(kernel: CpuKernel): CpuBackend {
  const { name, device, variant } = kernel;
  const ranOn = (): RanOn => ({
    backend: 'cpu',
    kernel: name,
    device,
    ...(variant !== undefined && { variant }),
    threads: kernel.threads.count,
    arithmetic: 'float32',
  });
  const open = new Set<PreparedCpuAttention>();
  const caches = new Set<AttentionCache>();
  let disposed = false;
  let proven = false;

  /** Before the first promise of bits, the kernel computes the cases that tell devices apart. */
  function requireProfile(plan: AttentionPlan): void {
    requireNumerics(`cpu ${kernel.name}`, plan, kernel.numerics);
    if (proven || plan.numerics === 'fast') return;
    proveDeviceSync(`cpu ${kernel.name}`, ({ problem, query, key, value }) => {
      const proof = planAttention(problem);
      // Its logits go beyond the range on purpose: to where devices differ.
      const prepared = prepareRuns(proof, kernel.prepare(proof), ranOn, NOT_VETTED, () => {});
      try {
        return prepared.runSync(query, key, value, { logSumExp: true });
      } finally {
        prepared.dispose();
      }
    });
    proven = true;
  }

  function prepareSync(problem: AttentionProblem): PreparedCpuAttention {
    if (disposed) throw gone(`cpu ${kernel.name}`, 'backend');
    const plan = planAttention(problem);
    requireProfile(plan);
    const { minDistance, maxDistance } = plan.positions;
    const tables = `the tables of a bias of ${plan.heads} heads from distance ${minDistance} to ${maxDistance}`;
    const kernelOfPlan = withRoom(tables, SPLIT, () => kernel.prepare(plan));
    const vet = plan.numerics === 'fast' ? NOT_VETTED : (logSumExp: Float32Array) => requireLogitsInRange(plan, logSumExp);
    const prepared = prepareRuns(plan, kernelOfPlan, ranOn, vet, () => open.delete(prepared));
    open.add(prepared);
    return prepared;
  }

  function createCacheSync(options: CacheOptions): AttentionCache {
    if (disposed) throw gone(`cpu ${kernel.name}`, 'backend');
    const { plan, capacity } = readCacheOptions(options);
    if (kernel.openCache !== null) {
      requireProfile(plan);
      return cacheOver(kernel.openCache(plan, capacity), plan, { ...ranOn(), threads: 1 }, caches);
    }
    throw new UnsupportedError({
      what: `cpu ${kernel.name}`,
      got: 'a request for a key/value cache',
      wanted: 'one for a prepared problem, which is all that this kernel has',
      hint: "Take the kernel 'wasm', or prepare a problem of one query for each step.",
    });
  }

  return {
    get ranOn() {
      return ranOn();
    },
    get threads() {
      return kernel.threads;
    },
    prepare: async (problem) => prepareSync(problem),
    prepareSync,
    createCache: async (options) => createCacheSync(options),
    createCacheSync,
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      for (const prepared of open) prepared.dispose();
      for (const cache of caches) cache.dispose();
      await kernel.dispose();
    },
  };
}
