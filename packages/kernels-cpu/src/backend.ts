// The CPU backend: plans a problem, checks each call's inputs, and drives a kernel block by block so that a call can be cancelled.
import type {
  AttentionPlan,
  AttentionProblem,
  AttentionResult,
  Backend,
  PreparedAttention,
  RanOn,
  RunOptions,
  TensorLike,
} from '@relbias/bias-spec';
import { DeviceLostError, planAttention, readInputs, requireNumerics, shapesOf } from '@relbias/bias-spec';
import type { CpuKernel, Outputs, PreparedKernel, RowBlock } from './kernel.ts';

/** Query rows between two looks at the clock: enough work to make the look free, little enough to cancel soon. */
const ROWS_PER_BLOCK = 64;

/** How long a call may hold the event loop before it lets timers and an abort through, in milliseconds. */
const HOLD_MS = 30;

/** A prepared problem that can also run without waiting, on the caller's thread. */
export interface PreparedCpuAttention extends PreparedAttention {
  runSync(query: TensorLike, key: TensorLike, value: TensorLike, options?: { logSumExp?: boolean }): AttentionResult;
}

export interface CpuBackend extends Backend {
  prepare(problem: AttentionProblem): Promise<PreparedCpuAttention>;
  prepareSync(problem: AttentionProblem): PreparedCpuAttention;
}

/** Wraps a kernel in the contract. */
export function backendOf(kernel: CpuKernel): CpuBackend {
  const ranOn: RanOn = { backend: 'cpu', kernel: kernel.name, device: kernel.device, arithmetic: 'float32' };
  const open = new Set<PreparedCpuAttention>();
  let disposed = false;

  function prepareSync(problem: AttentionProblem): PreparedCpuAttention {
    if (disposed) throw gone(`cpu ${kernel.name}`, 'backend');
    const plan = planAttention(problem);
    requireNumerics(`cpu ${kernel.name}`, plan, ['fast']);
    const prepared = prepareRuns(plan, kernel.prepare(plan), ranOn, () => open.delete(prepared));
    open.add(prepared);
    return prepared;
  }

  return {
    ranOn,
    prepare: async (problem) => prepareSync(problem),
    prepareSync,
    dispose: async () => {
      disposed = true;
      for (const prepared of open) prepared.dispose();
    },
  };
}

function prepareRuns(plan: AttentionPlan, kernel: PreparedKernel, ranOn: RanOn, onDispose: () => void): PreparedCpuAttention {
  let disposed = false;

  function begin(query: TensorLike, key: TensorLike, value: TensorLike): Outputs & { compute(block: RowBlock): void } {
    if (disposed) throw gone(`cpu ${ranOn.kernel}`, 'prepared attention');
    const inputs = readInputs(plan, query, key, value);
    const rows = plan.batch * plan.heads * plan.queries;
    const outputs = { output: new Float32Array(rows * plan.valueDim), logSumExp: new Float32Array(rows) };
    return { ...outputs, compute: kernel.start(inputs, outputs) };
  }

  function finish(outputs: Outputs, logSumExp: boolean | undefined): AttentionResult {
    const shapes = shapesOf(plan);
    const output = { data: outputs.output, shape: shapes.output, dtype: 'float32' } as const;
    if (!logSumExp) return { output, ranOn };
    return { output, logSumExp: { data: outputs.logSumExp, shape: shapes.logSumExp, dtype: 'float32' }, ranOn };
  }

  return {
    plan,
    async run(query, key, value, options: RunOptions = {}) {
      options.signal?.throwIfAborted();
      const call = begin(query, key, value);
      const rows = plan.batch * plan.heads * plan.queries;
      let rowsDone = 0;
      let lastPause = performance.now();
      for (const block of blocksOf(plan)) {
        call.compute(block);
        rowsDone += block.endRow - block.firstRow;
        if (performance.now() - lastPause < HOLD_MS) continue;
        options.progress?.(rowsDone / rows);
        await macrotask();
        options.signal?.throwIfAborted();
        if (disposed) throw gone(`cpu ${ranOn.kernel}`, 'prepared attention');
        lastPause = performance.now();
      }
      return finish(call, options.logSumExp);
    },
    runSync(query, key, value, options = {}) {
      const call = begin(query, key, value);
      for (const block of blocksOf(plan)) call.compute(block);
      return finish(call, options.logSumExp);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      kernel.dispose();
      onDispose();
    },
  };
}

function* blocksOf({ batch, heads, queries }: AttentionPlan): Generator<RowBlock> {
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      for (let firstRow = 0; firstRow < queries; firstRow += ROWS_PER_BLOCK) {
        yield { b, h, firstRow, endRow: Math.min(firstRow + ROWS_PER_BLOCK, queries) };
      }
    }
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function gone(what: string, thing: string): DeviceLostError {
  return new DeviceLostError({ what, got: `a disposed ${thing}`, wanted: 'a live one', hint: 'Prepare it anew.' });
}
