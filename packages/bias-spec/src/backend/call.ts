// One call of a backend: its options and inputs read and checked, its results made room for and assembled, its end when it is aborted.
import { requireBoolean, requireKnownKeys } from '../check.ts';
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

/** Where a kernel writes: [batch, heads, queries, valueDim] and [batch, heads, queries], whether or not it was asked for. */
export interface Outputs {
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
}

/** What a kernel that computes one call must know of it besides the plan. */
export interface Call {
  /** The caller's own memory, in its dtypes. Shapes are checked, numbers are not: see `check`. */
  readonly raw: RawInputs;
  /** Refuses numbers that no backend computes with. Call it before anything is made of them; the second time costs nothing. */
  check(): void;
  /** The numbers as float32, checked. */
  widened(): Inputs;
  /**
   * To be called after each wait, with the share done where that is known: throws where the call is to end, because it was aborted, what it
   * runs on was disposed, or its inputs are gone.
   */
  proceed(done?: number): void;
}

/** A call of the forward pass. */
export interface AttentionCall extends Call {
  readonly outputs: Outputs;
}

/** What of `ranOn` is different for one call; nothing where it ran as the backend says. */
export type Ran = Partial<RanOn> | undefined;

/** The way out of problems whose tensors are too large. */
export const SPLIT = 'Split the batch, the heads or the queries over several problems.';

/** Room for `count` float32 numbers, 0. @throws UnsupportedError where there is none. */
export function float32Room(what: string, count: number, of: string): OwnFloat32Array {
  return withRoom(what, `${mebibytes(4 * count)} of ${of}`, SPLIT, () => new Float32Array(count));
}

/** For messages. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** New memory for the results of a call. @throws UnsupportedError where there is none. */
export function newOutputs(what: string, { batch, heads, queries, valueDim }: Sizes): Outputs {
  const rows = batch * heads * queries;
  return { output: float32Room(what, rows * valueDim, 'output'), logSumExp: float32Room(what, rows, 'log-sum-exp') };
}

/**
 * The memory that a kernel names for its results.
 *
 * @throws ParameterError where it is no Float32Array of the size of the result.
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
 * The result of a call, in the shapes of its sizes; with its log-sum-exp if the options ask for it.
 *
 * Its type says that it lies over an ArrayBuffer. The one exception is a backend whose caller asked for tensors in shared memory.
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
 * A call on inputs whose shapes are checked. `requireLive` throws once the call's owner is disposed.
 *
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
    // The reproducible profile brings numbers of any size into range by itself.
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

/** What a call that reads these tensors asks after each wait: see `Call.proceed`. `requireLive` throws once its owner is disposed. */
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

/** Refuses an input whose buffer was transferred or resized since it was read. */
export function requireWhole(what: string, length: number, wanted: number): void {
  if (length === wanted) return;
  throw new ParameterError({
    what,
    got: 'a buffer that was transferred or resized during the run',
    wanted: 'tensors that stay as they are until it settles',
  });
}

const RUN_OPTIONS: readonly (keyof RunOptions)[] = ['logSumExp', 'signal', 'progress'];

/**
 * The options of one call, checked: a misspelt name or a signal that is none would be a silent mistake.
 *
 * @throws ParameterError naming the option; the signal's reason where it is aborted already.
 */
export function readRunOptions<LogSumExp extends boolean = false>(
  options: RunOptions<LogSumExp> = {},
  known: readonly (keyof RunOptions)[] = RUN_OPTIONS,
): RunOptions<LogSumExp> {
  requireKnownKeys('options', options, known);
  // Read once, and handed on as read.
  const { logSumExp, signal, progress } = options;
  if (logSumExp !== undefined) requireBoolean('options.logSumExp', logSumExp);
  if (signal !== undefined && typeof (signal as Partial<AbortSignalLike> | null)?.throwIfAborted !== 'function') {
    throw new ParameterError({ what: 'options.signal', got: show(signal), wanted: 'an AbortSignal' });
  }
  if (progress !== undefined && typeof progress !== 'function') {
    throw new ParameterError({ what: 'options.progress', got: show(progress), wanted: 'a function' });
  }
  signal?.throwIfAborted();
  return { logSumExp, signal, progress };
}

/** The error of those who use what was disposed. */
export function disposed(what: string, thing: string, hint: string = 'Prepare it anew.'): DeviceLostError {
  return new DeviceLostError({ what, got: `a disposed ${thing}`, wanted: 'a live one', hint });
}

/**
 * One turn of the event loop, so that timers, rendering and aborts get theirs. Not setTimeout: browsers stretch nested timers to 4 ms,
 * which is half of the time a call works between two turns.
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
