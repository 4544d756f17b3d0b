// The CPU backend: a kernel in a session of bias-spec, plus what the Backend contract does not have: synchronous runs, tensors in the kernel's
// memory, and caches.
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

/** The tensors of a prepared problem, in the memory of its kernel. */
export interface AllocatedTensors {
  /** The inputs: fill them before each run. */
  readonly query: Float32Tensor<Float32Array>;
  readonly key: Float32Tensor<Float32Array>;
  readonly value: Float32Tensor<Float32Array>;
  /** The results: each run on these tensors overwrites them. */
  readonly output: Float32Tensor<Float32Array>;
  readonly logSumExp: Float32Tensor<Float32Array>;
}

/** A prepared problem that can also run synchronously, and on tensors in the kernel's memory. */
export interface PreparedCpuAttention extends SyncPreparedAttention {
  /**
   * Tensors in the kernel's own memory. A run on exactly this query, key and value copies nothing in or out; its result is `output` and
   * `logSumExp`, which the next such run overwrites. Every call returns the same tensors. Do not use the arrays after `dispose`.
   *
   * @throws UnsupportedError for kernels other than `wasm`, or if memory runs out.
   * @example
   * const prepared = createCpuBackendSync().prepareSync({ heads: 1, queries: 1, keys: 1, headDim: 1 });
   * const { query, key, value, output } = prepared.allocate();
   * value.data[0] = 7;
   * prepared.runSync(query, key, value);
   * output.data[0]; // 7
   */
  allocate(): AllocatedTensors;
}

/** A backend on the CPU, from `createCpuBackend`. */
export interface CpuBackend extends Backend {
  /** The number of threads that compute, including the caller's, and why there are not more, or how a worker was lost. */
  readonly threads: ThreadCount;
  prepare(problem: AttentionProblem): Promise<PreparedCpuAttention>;
  /** The same as `prepare`, synchronously. */
  prepareSync(problem: AttentionProblem): PreparedCpuAttention;
  /**
   * Creates an empty key/value cache for decoding. Disposing the backend disposes it too.
   *
   * @throws ParameterError, ShapeError, UnsupportedError naming the option. UnsupportedError for kernels other than `wasm`.
   */
  createCache(options: CacheOptions): Promise<AttentionCache>;
  /** The same as `createCache`, synchronously. */
  createCacheSync(options: CacheOptions): AttentionCache;
}

/** The backend of a kernel. */
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
    numericsHint: kernel.numericsHint,
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
      got: 'a call of createCache',
      wanted: "the kernel 'wasm', the only one with a key/value cache",
      hint: "Create the backend with kernel: 'wasm', or prepare a problem of one query for each step.",
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

/** The result of a session whose kernels are synchronous. */
function atOnce<T>(done: T | Promise<T>): T {
  if (done instanceof Promise) throw new TypeError('the CPU kernels are synchronous');
  return done;
}

/** The runs of a prepared problem, and its allocated tensors. */
function runsOf(name: string, plan: AttentionPlan, blocks: PreparedBlocks): PreparedKernel & { allocate(): AllocatedTensors } {
  let allocated: { readonly problem: ResidentProblem; readonly tensors: AllocatedTensors } | null = null;

  /** The allocated problem, if these inputs are its tensors. */
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
          got: 'a call of allocate',
          wanted: "the kernel 'wasm', the only one with memory of its own",
          hint: 'Pass ordinary arrays to run: this kernel does not copy them.',
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
