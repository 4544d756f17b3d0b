// The GPU backend: plans a problem, checks each call's inputs, and lets calls take turns on the shared device.
import type {
  AttentionPlan,
  AttentionResult,
  Backend,
  PreparedAttention,
  RanOn,
  RawInputs,
  RunOptions,
  TensorLike,
} from '@relbias/bias-spec';
import {
  DeviceLostError,
  ParameterError,
  checkInputs,
  planAttention,
  readRunOptions,
  requireWhole,
  shapesOf,
} from '@relbias/bias-spec';
import { proveDevice, rawInputs, requireLogitsInRange, requireReproducible } from '@relbias/bias-spec/reproducible';
import { withReadableBias } from './bias-of-plan.ts';
import { layoutOf } from './layout.ts';
import { explained, requireLiving } from './lost.ts';
import type { Outputs } from './profile.ts';
import type { Runner } from './runner.ts';
import { runnerOf } from './runner.ts';
import type { SharedGpu } from './shared.ts';

const NOT_VETTED = (): void => {};

/** Wraps a share of a GPU in the contract; disposing the backend gives the share back. */
export function backendOf(shared: SharedGpu): Backend {
  const { device, kernels, inTurn } = shared;
  const name = `gpu.js ${device.mode}`;
  const ranOn: RanOn = {
    backend: 'gpu.js',
    kernel: device.mode,
    device: `${device.description}, ${device.kernelClass.name}`,
    arithmetic: 'float32',
  };
  const open = new Set<PreparedAttention>();
  let disposed = false;

  /** Work on the device in its turn, with a lost device reported as what it is, and nothing left of an error of gpu.js. */
  function onDevice<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return inTurn(async () => {
      try {
        requireLiving(device);
        return await work();
      } catch (error) {
        const why = await explained(device, error);
        // Inputs are refused before anything of theirs is sent.
        if (!(why instanceof DeviceLostError || why instanceof ParameterError) && !signal?.aborted) {
          // Its kernels keep what they were given, and may have been given what the device had refused.
          await device.settle().catch(() => {});
          kernels.discard();
        }
        throw why;
      }
    });
  }

  /** `vet` looks at the log-sum-exp of every result before it is returned, and may refuse it. */
  function prepared(plan: AttentionPlan, runner: Runner, vet: (logSumExp: Float32Array) => void): PreparedAttention {
    let released = false;
    const read = plan.numerics === 'fast' ? checkInputs : rawInputs;

    async function attend(inputs: RawInputs, { signal, progress }: RunOptions): Promise<Outputs> {
      const pause = (done?: number): void => {
        signal?.throwIfAborted();
        if (released) throw gone(name, 'prepared attention');
        if (done !== undefined) progress?.(done);
      };
      pause();
      requireWhole(plan, inputs);
      const outputs = await runner.attend(inputs, pause);
      pause();
      return outputs;
    }

    const self: PreparedAttention = {
      plan,
      async run(query: TensorLike, key: TensorLike, value: TensorLike, given?: RunOptions): Promise<AttentionResult> {
        const options = readRunOptions(given);
        options.signal?.throwIfAborted();
        if (released) throw gone(name, 'prepared attention');
        const inputs = read(plan, query, key, value);
        const outputs = await onDevice(() => attend(inputs, options), options.signal);
        vet(outputs.logSumExp);
        const shapes = shapesOf(plan);
        const output = { data: outputs.output, shape: shapes.output, dtype: 'float32' } as const;
        if (!options.logSumExp) return { output, ranOn };
        return { output, logSumExp: { data: outputs.logSumExp, shape: shapes.logSumExp, dtype: 'float32' }, ranOn };
      },
      dispose() {
        if (released) return;
        released = true;
        open.delete(self);
        // A run of this problem may be under way: it ends at its next pause, and what it reads is deleted after it.
        void inTurn(async () => runner.release());
      },
    };
    return self;
  }

  async function preparedFor(plan: AttentionPlan, vet: (logSumExp: Float32Array) => void): Promise<PreparedAttention> {
    if (disposed) throw gone(name, 'backend');
    const read = withReadableBias(plan);
    const layout = layoutOf(read, device);
    // Disposing waits for the turn to end, and then closes the device: by then `open` has the new problem, or it has gone.
    const self = await onDevice(async () => {
      const runner = await runnerOf(read, layout, device, kernels);
      if (disposed) {
        runner.release();
        throw gone(name, 'backend');
      }
      const one = prepared(plan, runner, vet);
      open.add(one);
      return one;
    });
    if (disposed) throw gone(name, 'backend');
    return self;
  }

  let proof: Promise<void> | undefined;

  /** Before the first promise of bits, the device computes the cases that tell devices apart. Who asks meanwhile waits for the same answer. */
  function proveOnce(): Promise<void> {
    proof ??= proveDevice(name, async ({ problem, query, key, value }) => {
      // Its logits go beyond the range on purpose: to where devices differ.
      const one = await preparedFor(planAttention(problem), NOT_VETTED);
      try {
        return await one.run(query, key, value, { logSumExp: true });
      } finally {
        one.dispose();
      }
    }).catch((error: unknown) => {
      proof = undefined;
      throw error;
    });
    return proof;
  }

  return {
    ranOn,
    async prepare(problem) {
      if (disposed) throw gone(name, 'backend');
      const plan = planAttention(problem);
      if (plan.numerics === 'fast') return preparedFor(plan, NOT_VETTED);
      requireReproducible(plan);
      await proveOnce();
      return preparedFor(plan, (logSumExp) => requireLogitsInRange(plan, logSumExp));
    },
    async dispose() {
      disposed = true;
      for (const one of open) one.dispose();
      await shared.release();
    },
  };
}

function gone(what: string, thing: string): DeviceLostError {
  return new DeviceLostError({ what, got: `a disposed ${thing}`, wanted: 'a live one', hint: 'Prepare it anew.' });
}
