// One call of a backend: reads and checks its options and inputs, allocates and assembles its results, ends it when it is aborted.
import { readOptions, requireBoolean, requireKnownKeys } from '../check.ts';
import { DeviceLostError, ParameterError, withRoom } from '../errors.ts';
import { show } from '../show.ts';
import type { AttentionPlan, Sizes } from '../problem.ts';
import type { OwnFloat32Array } from '../own-arrays.ts';
import { shapesOf } from '../problem.ts';
import { requireNoNaNs } from '../reproducible/inputs.ts';
import type { Inputs, RawInputs, RawTensor } from '../tensor.ts';
import { elementCount } from '../tensor.ts';
import type { AbortSignalLike, AttentionResult, AttentionResultFor, Float32Tensor, RanOn, RunOptions } from './contract.ts';
import { requireSafeMagnitudes, widenInputs } from './inputs.ts';

/** The arrays that a kernel writes, always both: [batch, heads, queries, valueDim] and [batch, heads, queries]. */
export interface Outputs {
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
}

/** One call as its kernel sees it, besides the plan. */
export interface Call {
  /** The inputs in the caller's memory and dtypes. Shapes are checked, numbers are not: see `check`. */
  readonly raw: RawInputs;
  /** Throws for numbers that no backend computes with. Call it before reading them; a second call costs nothing. */
  check(): void;
  /** The numbers as float32, checked. */
  widened(): Inputs;
  /**
   * Call it after each await, with the share done if that is known. It throws when the call must end: it was aborted, its backend was
   * disposed, or its inputs were transferred.
   */
  proceed(done?: number): void;
}

/** A call of the forward pass. */
export interface AttentionCall extends Call {
  readonly outputs: Outputs;
}

/** The fields of `ranOn` that differ for one call, if any do. */
export type Ran = Partial<RanOn> | undefined;

/** The hint for tensors that are too large. */
export const SPLIT = 'Split the batch, the heads or the queries over several problems.';

/** Allocates `count` float32 zeros. @throws UnsupportedError if there is no memory for them. */
export function float32Room(what: string, count: number, of: string): OwnFloat32Array {
  return withRoom(what, `${mebibytes(4 * count)} of ${of}`, SPLIT, () => new Float32Array(count));
}

/** A number of bytes, for error messages. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Allocates the results of a call. @throws UnsupportedError if there is no memory for them. */
export function newOutputs(what: string, { batch, heads, queries, valueDim }: Sizes): Outputs {
  const rows = batch * heads * queries;
  return { output: float32Room(what, rows * valueDim, 'output'), logSumExp: float32Room(what, rows, 'log-sum-exp') };
}

/**
 * The memory that a kernel names for its results.
 *
 * @throws ParameterError unless it is a Float32Array of the size of the result.
 */
export function requireOutputs(name: string, plan: AttentionPlan, outputs: Outputs): Outputs {
  const shapes = shapesOf(plan);
  const given = outputs as Partial<Record<keyof Outputs, unknown>> | null;
  for (const field of ['output', 'logSumExp'] as const) {
    const data = given?.[field];
    const size = elementCount(shapes[field]);
    if (data instanceof Float32Array && data.length === size) continue;
    throw new ParameterError({ what: `${name}: outputsFor().${field}`, got: show(data), wanted: `a Float32Array of ${size}` });
  }
  return outputs;
}

const RAN_ON: readonly (keyof RanOn)[] = ['backend', 'kernel', 'device', 'variant', 'threads', 'arithmetic'];

/**
 * What a kernel returned from a call.
 *
 * @throws ParameterError unless it is undefined or holds fields of `ranOn`: spread over `ranOn`, anything else would change what it says.
 */
export function readRan(name: string, ran: unknown): Ran {
  if (ran === undefined) return undefined;
  const what = `${name}: the return value of the kernel`;
  if (ran === null || typeof ran !== 'object' || Array.isArray(ran)) {
    throw new ParameterError({
      what,
      got: show(ran),
      wanted: 'undefined, or the fields of ranOn that differ for this call, such as { threads: 2 }',
    });
  }
  requireKnownKeys(what, ran, RAN_ON);
  return ran;
}

/**
 * The result of a call with these sizes, including the log-sum-exp if the options ask for it.
 *
 * Its type promises an ArrayBuffer. The one exception is documented where it is made: tensors that a caller allocated in shared memory.
 */
export function resultOf<LogSumExp extends boolean = false>(
  sizes: Sizes,
  { output, logSumExp }: Outputs,
  ranOn: RanOn,
  options: Pick<RunOptions<LogSumExp>, 'logSumExp'> | undefined,
): AttentionResultFor<LogSumExp> {
  const shapes = shapesOf(sizes);
  const tensor = (data: Float32Array, shape: readonly number[]): Float32Tensor => ({
    data: data as OwnFloat32Array,
    shape,
    dtype: 'float32',
  });
  const result: AttentionResult = { output: tensor(output, shapes.output), ranOn };
  if (options?.logSumExp !== true) return result as AttentionResultFor<LogSumExp>;
  return { ...result, logSumExp: tensor(logSumExp, shapes.logSumExp) };
}

/**
 * A call on inputs whose shapes are checked.
 *
 * @param requireLive - throws once the call's owner is disposed.
 * @param others - tensors that the call reads besides its inputs.
 */
export function callOn(
  plan: AttentionPlan,
  raw: RawInputs,
  options: Pick<RunOptions, 'signal' | 'progress'>,
  requireLive: () => void,
  others: Readonly<Record<string, RawTensor>> = {},
): Call {
  let checked = false;
  const check = (): void => {
    if (checked) return;
    // The reproducible profile clamps numbers of any size itself.
    if (plan.numerics === 'reproducible') requireNoNaNs(plan, raw);
    else requireSafeMagnitudes(plan, raw);
    checked = true;
  };
  return {
    raw,
    check,
    widened() {
      check();
      return widenInputs(raw);
    },
    proceed: proceeding({ ...raw, ...others }, options, requireLive),
  };
}

/** `Call.proceed` of a call that reads these tensors. `requireLive` throws once its owner is disposed. */
export function proceeding(
  tensors: Readonly<Record<string, RawTensor>>,
  { signal, progress }: Pick<RunOptions, 'signal' | 'progress'>,
  requireLive: () => void,
): Call['proceed'] {
  const given = Object.entries(tensors);
  const sizes = given.map(([, { data }]) => data.length);
  return (done) => {
    signal?.throwIfAborted();
    requireLive();
    given.forEach(([name, { data }], index) => requireWhole(name, data.length, sizes[index]));
    if (done !== undefined) progress?.(done);
  };
}

/** Throws if the buffer of an input was transferred or resized since it was read. */
export function requireWhole(what: string, length: number, wanted: number): void {
  if (length === wanted) return;
  throw new ParameterError({
    what,
    got: 'a buffer that was transferred or resized during the run',
    wanted: 'tensors that do not change until the run settles',
  });
}

const RUN_OPTIONS: readonly (keyof RunOptions)[] = ['logSumExp', 'signal', 'progress'];

/**
 * The options of one call, checked and read once.
 *
 * @throws ParameterError naming the option; the signal's reason if it is already aborted.
 */
export function readRunOptions<LogSumExp extends boolean = false>(
  options: RunOptions<LogSumExp> = {},
  known: readonly (keyof RunOptions)[] = RUN_OPTIONS,
): RunOptions<LogSumExp> {
  const { logSumExp, signal, progress } = readOptions('options', options, known);
  if (logSumExp !== undefined) requireBoolean('options.logSumExp', logSumExp);
  if (signal !== undefined && typeof (signal as Partial<AbortSignalLike> | null)?.throwIfAborted !== 'function') {
    throw new ParameterError({ what: 'options.signal', got: show(signal), wanted: 'an AbortSignal', hint: ofController(signal) });
  }
  if (progress !== undefined && typeof progress !== 'function') {
    throw new ParameterError({ what: 'options.progress', got: show(progress), wanted: 'a function' });
  }
  signal?.throwIfAborted();
  return { logSumExp, signal, progress };
}

function ofController(value: unknown): string | undefined {
  return value instanceof AbortController ? 'Write: controller.signal.' : undefined;
}

/** The error for using something that was disposed. */
export function disposed(what: string, thing: string, hint: string = 'Prepare it again.'): DeviceLostError {
  return new DeviceLostError({ what, got: `a disposed ${thing}`, wanted: 'a live one', hint });
}

/**
 * Yields one turn of the event loop to timers, rendering and aborts. Not with setTimeout: browsers delay nested timers by 4 ms, half of the
 * time that a call works between two turns.
 */
export function macrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    const arrived = (): void => {
      port1.close();
      resolve();
    };
    port1.addEventListener('message', arrived, { once: true });
    port1.start();
    port2.postMessage(null);
  });
}
