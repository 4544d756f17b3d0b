// The CPU backend: a kernel in the session of the spec, with what the contract does not have: runs at once, tensors in the kernel's memory,
// caches.
import type { AttentionPlan, AttentionProblem, Backend, Float32Tensor, RanOn } from '@relbias/bias-spec';
import { UnsupportedError, shapesOf } from '@relbias/bias-spec';
import type { AttentionCall, PreparedKernel, RawInputs, SyncPreparedAttention } from '@relbias/bias-spec/backend';
import { SPLIT, Session, mebibytes, withRoom } from '@relbias/bias-spec/backend';
import type { AttentionCache } from '../cache/cache.ts';
import { cacheOver } from '../cache/cache.ts';
import type { CacheOptions } from '../cache/options.ts';
import { readCacheOptions } from '../cache/options.ts';
import { workAtOnce, workInTurns } from './blocks.ts';
import type { CpuKernel, KernelCall, PreparedBlocks, ResidentProblem, ThreadCount } from './kernel.ts';

/** The tensors of a prepared problem, in the memory in which its kernel computes. */
export interface AllocatedTensors {
  /** To be filled by the caller before each run. */
  readonly query: Float32Tensor<Float32Array>;
  readonly key: Float32Tensor<Float32Array>;
  readonly value: Float32Tensor<Float32Array>;
  /** Written by each run on these tensors, over what the last one left. */
  readonly output: Float32Tensor<Float32Array>;
  readonly logSumExp: Float32Tensor<Float32Array>;
}

/** A prepared problem that can also run without waiting, on the caller's thread. */
export interface PreparedCpuAttention extends SyncPreparedAttention {
  /**
   * Tensors in the kernel's own memory: a run that is given exactly this query, key and value copies nothing in or out, and its result is
   * `output` and `logSumExp`, which the next such run overwrites. Reserved once, whole; later calls return the same. `dispose` ends it:
   * the arrays must not be used afterwards.
   *
   * @throws UnsupportedError for kernels other than `wasm`, and where there is no room.
   * @example
   * const prepared = createCpuBackendSync().prepareSync({ heads: 1, queries: 1, keys: 1, headDim: 1 });
   * const { query, key, value, output } = prepared.allocate();
   * value.data[0] = 7;
   * prepared.runSync(query, key, value);
   * output.data[0]; // 7
   */
  allocate(): AllocatedTensors;
}

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

/** Wraps a kernel in the contract. */
export function backendOf(kernel: CpuKernel): CpuBackend {
  const name = `cpu ${kernel.name}`;
  const ranOn = (): RanOn => ({
    backend: 'cpu',
    kernel: kernel.name,
    device: kernel.device,
    ...(kernel.variant !== undefined && { variant: kernel.variant }),
    threads: kernel.threads.count,
    arithmetic: 'float32',
  });
  const session = new Session({
    name,
    get ranOn() {
      return ranOn();
    },
    numerics: kernel.numerics,
    prepare: (plan) => runsOf(name, plan, kernel.prepare(plan)),
    dispose: () => kernel.dispose(),
  });

  function prepareSync(problem: AttentionProblem): PreparedCpuAttention {
    const { kernel: runs, ...prepared } = atOnce(session.prepare(problem));
    return { ...prepared, allocate: () => runs().allocate() };
  }

  function createCacheSync(options: CacheOptions): AttentionCache {
    // Read before the state is looked at: getters may dispose the backend.
    const { plan, capacity } = readCacheOptions(options);
    session.requireOpen();
    if (kernel.openCache !== null) {
      atOnce(session.admit(plan));
      return cacheOver(kernel.openCache(plan, capacity), plan, name, ranOn(), session);
    }
    throw new UnsupportedError({
      what: name,
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
    dispose: () => session.dispose(),
  };
}

/** What kernels that never wait have the session do. */
function atOnce<T>(done: T | Promise<T>): T {
  if (done instanceof Promise) throw new TypeError('kernels that work at once were expected');
  return done;
}

/** The runs of a prepared problem, and the tensors that it may have. */
function runsOf(name: string, plan: AttentionPlan, blocks: PreparedBlocks): PreparedKernel & { allocate(): AllocatedTensors } {
  let allocated: { readonly problem: ResidentProblem; readonly tensors: AllocatedTensors } | null = null;

  /** Where a run on these inputs computes in place. */
  function residentOf(inputs: RawInputs): ResidentProblem | null {
    if (allocated === null) return null;
    const { problem } = allocated;
    return (['query', 'key', 'value'] as const).every((of) => inputs[of].data === problem.arrays[of]) ? problem : null;
  }

  function beginner(call: AttentionCall): (patient: boolean) => KernelCall | null {
    const { start } = residentOf(call.raw) ?? blocks;
    const { query, key, value } = call.raw;
    const given = query.data.byteLength + key.data.byteLength + value.data.byteLength;
    return (patient) => withRoom(name, `copies of ${mebibytes(given)} of inputs`, SPLIT, () => start(call, patient));
  }

  return {
    run: async (call) => ({ threads: await workInTurns(plan, beginner(call), call.proceed) }),
    runSync: (call) => ({ threads: workAtOnce(beginner(call)) }),
    outputsFor: (inputs) => residentOf(inputs)?.arrays ?? null,
    allocate() {
      if (allocated !== null) return allocated.tensors;
      if (blocks.allocate === null) {
        throw new UnsupportedError({
          what: name,
          got: 'a request to allocate tensors',
          wanted: "the kernel 'wasm', the only one with memory of its own",
          hint: 'This kernel reads and writes ordinary arrays in place.',
        });
      }
      const problem = blocks.allocate();
      const shapes = shapesOf(plan);
      const tensor = (of: keyof AllocatedTensors): Float32Tensor<Float32Array> => ({
        data: problem.arrays[of],
        shape: shapes[of],
        dtype: 'float32',
      });
      const tensors = {
        query: tensor('query'),
        key: tensor('key'),
        value: tensor('value'),
        output: tensor('output'),
        logSumExp: tensor('logSumExp'),
      };
      allocated = { problem, tensors };
      return tensors;
    },
    dispose: () => allocated?.problem.dispose(),
  };
}
