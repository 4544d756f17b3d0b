// The runs of one prepared problem: inputs are checked, a kernel's call is begun, worked off and ended, whatever happens on the way.
import type { AttentionPlan, AttentionResult, PreparedAttention, RanOn, Tensor, TensorLike } from '@relbias/bias-spec';
import type { RawInputs, RawTensor } from '@relbias/bias-spec/backend';
import { UnsupportedError, shapesOf } from '@relbias/bias-spec';
import { checkInputs, rawInputs, readRunOptions, requireWhole } from '@relbias/bias-spec/backend';
import { requireNoNaNs } from '@relbias/bias-spec/reproducible';
import { gone } from './gone.ts';
import type { KernelCall, Outputs, PreparedKernel, ResidentProblem } from './kernel.ts';
import { macrotask } from './macrotask.ts';
import { SPLIT, mebibytes, numbers, withRoom } from './room.ts';
import { workInTurns } from './row-blocks.ts';

/** A float32 tensor over a kernel's memory. */
export interface AllocatedTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}

/** The tensors of a prepared problem, in the memory in which its kernel computes. */
export interface AllocatedTensors {
  /** To be filled by the caller before each run. */
  readonly query: AllocatedTensor;
  readonly key: AllocatedTensor;
  readonly value: AllocatedTensor;
  /** Written by each run on these tensors, over what the last one left. */
  readonly output: AllocatedTensor;
  readonly logSumExp: AllocatedTensor;
}

/** A prepared problem that can also run without waiting, on the caller's thread. */
export interface PreparedCpuAttention extends PreparedAttention {
  /** The same bits as `run`, at once. Holds the thread until it is done, and cannot be aborted. */
  runSync(query: TensorLike, key: TensorLike, value: TensorLike, options?: { readonly logSumExp?: boolean }): AttentionResult;
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

interface Allocated {
  readonly problem: ResidentProblem;
  readonly tensors: AllocatedTensors;
}

/** A kernel's call with the tensors it fills. */
interface Call extends KernelCall {
  readonly outputs: Outputs;
}

/** `vet` looks at the log-sum-exp of every result before it is returned, and may refuse it. `onDispose` is called once. */
export function prepareRuns(
  plan: AttentionPlan,
  kernel: PreparedKernel,
  ranOn: () => RanOn,
  vet: (logSumExp: Float32Array) => void,
  onDispose: () => void,
): PreparedCpuAttention {
  const rows = plan.batch * plan.heads * plan.queries;
  const shapes = shapesOf(plan);
  // null once disposed, so that whoever still holds the prepared problem does not hold the kernel's tables.
  let live: PreparedKernel | null = kernel;
  let allocated: Allocated | null = null;

  function alive(): PreparedKernel {
    if (live === null) throw gone(`cpu ${ranOn().kernel}`, 'prepared attention');
    return live;
  }

  /** Checks all numbers of a call, once. */
  function checkOf(inputs: RawInputs): () => void {
    const { query, key, value } = inputs;
    let checked = false;
    return () => {
      if (checked) return;
      // The reproducible profile brings numbers of any size into range by itself.
      if (plan.numerics === 'reproducible') requireNoNaNs(plan, inputs);
      else checkInputs(plan, tensorOf(query, shapes.query), tensorOf(key, shapes.key), tensorOf(value, shapes.value));
      checked = true;
    };
  }

  /** What begins a call on these inputs, or says null as long as it must wait; made once, as are the outputs. */
  function beginner(inputs: RawInputs): (patient: boolean) => Call | null {
    const { start } = alive();
    const own = allocated?.problem;
    const inPlace =
      own !== undefined && (['query', 'key', 'value'] as const).every((name) => inputs[name].data === own.arrays[name]);
    const outputs = inPlace
      ? { output: own.arrays.output, logSumExp: own.arrays.logSumExp }
      : { output: numbers(rows * plan.valueDim, 'output'), logSumExp: numbers(rows, 'log-sum-exp') };
    const check = checkOf(inputs);
    const given = inputs.query.data.byteLength + inputs.key.data.byteLength + inputs.value.data.byteLength;
    return (patient) => {
      const call = withRoom(`copies of ${mebibytes(given)} of inputs`, SPLIT, () =>
        (inPlace ? own.start : start)(inputs, outputs, patient, check),
      );
      return call && { ...call, outputs };
    };
  }

  function finish({ threads, outputs }: Call, logSumExp: boolean | undefined): AttentionResult {
    vet(outputs.logSumExp);
    const output = { data: outputs.output, shape: shapes.output, dtype: 'float32' } as const;
    const result = { output, ranOn: { ...ranOn(), threads } };
    if (!logSumExp) return result;
    return { ...result, logSumExp: { data: outputs.logSumExp, shape: shapes.logSumExp, dtype: 'float32' } };
  }

  return {
    plan,
    gradient: null,
    async run(query, key, value, options) {
      const { logSumExp, signal, progress } = readRunOptions(options);
      signal?.throwIfAborted();
      alive();
      const inputs = rawInputs(plan, query, key, value);
      const sizes = { query: inputs.query.data.length, key: inputs.key.data.length, value: inputs.value.data.length };
      const resume = (): void => {
        alive();
        for (const name of ['query', 'key', 'value'] as const) requireWhole(name, inputs[name].data.length, sizes[name]);
      };
      const begin = beginner(inputs);
      let call = begin(true);
      while (call === null) {
        await macrotask();
        signal?.throwIfAborted();
        resume();
        call = begin(true);
      }
      try {
        await workInTurns(plan, call, { signal, progress }, resume);
        return finish(call, logSumExp);
      } finally {
        call.end();
      }
    },
    runSync(query, key, value, options) {
      const { logSumExp } = readRunOptions(options, ['logSumExp']);
      const call = beginner(rawInputs(plan, query, key, value))(false);
      if (call === null) throw new TypeError('a kernel made a call wait that cannot');
      try {
        call.work(Infinity);
        return finish(call, logSumExp);
      } finally {
        call.end();
      }
    },
    allocate() {
      const { allocate } = alive();
      if (allocated !== null) return allocated.tensors;
      if (allocate === null) {
        throw new UnsupportedError({
          what: `cpu ${ranOn().kernel}`,
          got: 'a request to allocate tensors',
          wanted: "the kernel 'wasm', the only one with memory of its own",
          hint: 'This kernel reads and writes ordinary arrays in place.',
        });
      }
      const problem = allocate();
      const tensor = (data: Float32Array, shape: readonly number[]): AllocatedTensor => ({ data, shape, dtype: 'float32' });
      const { query, key, value, output, logSumExp } = problem.arrays;
      const tensors: AllocatedTensors = {
        query: tensor(query, shapes.query),
        key: tensor(key, shapes.key),
        value: tensor(value, shapes.value),
        output: tensor(output, shapes.output),
        logSumExp: tensor(logSumExp, shapes.logSumExp),
      };
      allocated = { problem, tensors };
      return tensors;
    },
    dispose() {
      if (live === null) return;
      live = null;
      allocated?.problem.dispose();
      allocated = null;
      onDispose();
    },
  };
}

function tensorOf(raw: RawTensor, shape: readonly number[]): Tensor {
  return { ...raw, shape };
}
