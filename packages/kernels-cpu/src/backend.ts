// The CPU backend: plans a problem, checks each call's inputs, and drives a kernel block by block so that a call can be cancelled.
import type {
  AttentionPlan,
  AttentionProblem,
  AttentionResult,
  Backend,
  PreparedAttention,
  RanOn,
  RawInputs,
  TensorLike,
} from '@relbias/bias-spec';
import {
  UnsupportedError,
  checkInputs,
  planAttention,
  readRunOptions,
  requireNumerics,
  requireWhole,
  shapesOf,
} from '@relbias/bias-spec';
import { proveDeviceSync, rawInputs } from '@relbias/bias-spec/reproducible';
import { cacheOver } from './cache-object.ts';
import type { CacheOptions } from './cache-options.ts';
import { readCacheOptions } from './cache-options.ts';
import type { AttentionCache } from './cache.ts';
import { gone } from './gone.ts';
import type { CpuKernel, KernelCall, Outputs, PreparedKernel } from './kernel.ts';
import { blocksOf, computeInTurns } from './row-blocks.ts';

/** A prepared problem that can also run without waiting, on the caller's thread. */
export interface PreparedCpuAttention extends PreparedAttention {
  /** The same bits as `run`, at once. Holds the thread until it is done, and cannot be aborted. */
  runSync(query: TensorLike, key: TensorLike, value: TensorLike, options?: { readonly logSumExp?: boolean }): AttentionResult;
}

export interface CpuBackend extends Backend {
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

/** Wraps a kernel in the contract. */
export function backendOf(kernel: CpuKernel): CpuBackend {
  const { name, device, variant } = kernel;
  const ranOn: RanOn = { backend: 'cpu', kernel: name, device, arithmetic: 'float32', ...(variant !== undefined && { variant }) };
  const open = new Set<PreparedCpuAttention>();
  const caches = new Set<AttentionCache>();
  let disposed = false;
  let proven = false;

  /** Before the first promise of bits, the kernel computes the cases that tell devices apart. */
  function proveOnce(): void {
    if (proven) return;
    // Set first, as the cases are prepared like any other problem.
    proven = true;
    try {
      proveDeviceSync(`cpu ${kernel.name}`, ({ problem, query, key, value }) => {
        const prepared = prepareSync(problem);
        try {
          return prepared.runSync(query, key, value, { logSumExp: true });
        } finally {
          prepared.dispose();
        }
      });
    } catch (error) {
      proven = false;
      throw error;
    }
  }

  function prepareSync(problem: AttentionProblem): PreparedCpuAttention {
    if (disposed) throw gone(`cpu ${kernel.name}`, 'backend');
    const plan = planAttention(problem);
    requireNumerics(`cpu ${kernel.name}`, plan, kernel.numerics);
    if (plan.numerics === 'reproducible') proveOnce();
    const prepared = prepareRuns(plan, kernel.prepare(plan), ranOn, () => open.delete(prepared));
    open.add(prepared);
    return prepared;
  }

  function createCacheSync(options: CacheOptions): AttentionCache {
    if (disposed) throw gone(`cpu ${kernel.name}`, 'backend');
    const { plan, capacity } = readCacheOptions(options);
    if (kernel.openCache !== null) return cacheOver(kernel.openCache(plan, capacity), plan, ranOn, caches);
    throw new UnsupportedError({
      what: `cpu ${kernel.name}`,
      got: 'a request for a key/value cache',
      wanted: 'one for a prepared problem, which is all that this kernel has',
      hint: "Take the kernel 'wasm', or prepare a problem of one query for each step.",
    });
  }

  return {
    ranOn,
    prepare: async (problem) => prepareSync(problem),
    prepareSync,
    createCache: async (options) => createCacheSync(options),
    createCacheSync,
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      for (const prepared of open) prepared.dispose();
      for (const cache of caches) cache.dispose();
      kernel.dispose();
    },
  };
}

/** A kernel's call with the tensors it fills. */
interface Call extends KernelCall {
  readonly inputs: RawInputs;
  readonly outputs: Outputs;
}

function prepareRuns(plan: AttentionPlan, kernel: PreparedKernel, ranOn: RanOn, onDispose: () => void): PreparedCpuAttention {
  const rows = plan.batch * plan.heads * plan.queries;
  // null once disposed, so that whoever still holds the prepared problem does not hold the kernel's tables.
  let live: PreparedKernel | null = kernel;

  function begin(query: TensorLike, key: TensorLike, value: TensorLike): Call {
    if (live === null) throw gone(`cpu ${ranOn.kernel}`, 'prepared attention');
    // The reproducible profile brings numbers of any size into range by itself.
    const read = plan.numerics === 'fast' ? checkInputs : rawInputs;
    const inputs = read(plan, query, key, value);
    const outputs = { output: new Float32Array(rows * plan.valueDim), logSumExp: new Float32Array(rows) };
    return { inputs, outputs, ...live.start(inputs, outputs) };
  }

  function finish({ outputs }: Call, logSumExp: boolean | undefined): AttentionResult {
    const shapes = shapesOf(plan);
    const output = { data: outputs.output, shape: shapes.output, dtype: 'float32' } as const;
    if (!logSumExp) return { output, ranOn };
    return { output, logSumExp: { data: outputs.logSumExp, shape: shapes.logSumExp, dtype: 'float32' }, ranOn };
  }

  return {
    plan,
    async run(query, key, value, options) {
      const { logSumExp, signal, progress } = readRunOptions(options);
      signal?.throwIfAborted();
      const call = begin(query, key, value);
      try {
        await computeInTurns(plan, call.compute, { signal, progress }, () => {
          if (live === null) throw gone(`cpu ${ranOn.kernel}`, 'prepared attention');
          requireWhole(plan, call.inputs);
        });
        return finish(call, logSumExp);
      } finally {
        call.end();
      }
    },
    runSync(query, key, value, options) {
      const { logSumExp } = readRunOptions(options, ['logSumExp']);
      const call = begin(query, key, value);
      try {
        for (const block of blocksOf(plan)) call.compute(block);
        return finish(call, logSumExp);
      } finally {
        call.end();
      }
    },
    dispose() {
      if (live === null) return;
      live = null;
      onDispose();
    },
  };
}
