// The errors of relbias: one class per kind of mistake. Each message says what was got, what is wanted and how to fix it.
import { showThrown } from './show.ts';

/** The parts of an error message. */
export interface Complaint {
  /** The argument, as the caller wrote it: `problem.heads`, `query.shape`. */
  readonly what: string;
  readonly got: string;
  readonly wanted: string;
  /** How to fix it, if that does not follow from `wanted`. */
  readonly hint?: string;
}

/** The base class: `error instanceof RelbiasError` distinguishes a refused input from a bug. */
export class RelbiasError extends Error {
  // Written out in each class: a minifier renames the classes themselves.
  override readonly name: string = 'RelbiasError';

  constructor(complaint: Complaint) {
    const hint = complaint.hint === undefined ? '' : ` ${complaint.hint}`;
    super(`${complaint.what}: got ${complaint.got}, wanted ${complaint.wanted}.${hint}`);
  }
}

/** A tensor or a size that does not fit the problem. */
export class ShapeError extends RelbiasError {
  override readonly name: string = 'ShapeError';
}

/** A value outside what is meaningful: NaN, a negative count, an unknown name. */
export class ParameterError extends RelbiasError {
  override readonly name: string = 'ParameterError';
}

/** A well-formed request that this backend, device or build cannot serve. */
export class UnsupportedError extends RelbiasError {
  override readonly name: string = 'UnsupportedError';
}

/** The device was lost (a GPU device or context, a worker), or the object was disposed. */
export class DeviceLostError extends RelbiasError {
  override readonly name: string = 'DeviceLostError';
}

/**
 * The result of `allocate`, which may be a promise. An engine without memory throws a RangeError that says neither what the memory was for
 * nor what to do; this adds both. Any other error, RangeErrors of the caller's own code included, is rethrown unchanged.
 *
 * @param what - what needs the memory: `problem`, `cpu`.
 * @param need - what it is for: `the tables of a bias of 8 heads`.
 * @throws UnsupportedError where the engine has no room for it.
 */
export function withRoom<T>(what: string, need: string, hint: string, allocate: () => T): T {
  const explain = (error: unknown): never => {
    if (!isOutOfMemory(error)) throw error;
    const refused = new UnsupportedError({
      what,
      got: `no room for ${need} (${error.message})`,
      wanted: 'enough memory and address space',
      hint,
    });
    // The stack of the allocation helps if its size was a mistake.
    refused.cause = error;
    throw refused;
  };
  try {
    const allocated = allocate();
    return isPromise(allocated) ? (Promise.resolve(allocated).catch(explain) as T) : allocated;
  } catch (error) {
    return explain(error);
  }
}

/**
 * Runs `read` on an object of the caller's. Whatever that throws (a revoked proxy, a getter) becomes an error that names the argument; a
 * RelbiasError passes unchanged.
 *
 * @param thing - what the object should be: `a tensor`.
 * @throws ParameterError naming `what`; its cause is what was thrown.
 */
export function reading<R>(what: string, thing: string, wanted: string, read: () => R): R {
  try {
    return read();
  } catch (error) {
    if (error instanceof RelbiasError) throw error;
    const refused = new ParameterError({ what, got: `${thing} that cannot be read (${showThrown(error)})`, wanted });
    refused.cause = error;
    throw refused;
  }
}

/**
 * Runs a family's own code. An error that is no RelbiasError is reported as the family's mistake; a failed allocation is not.
 *
 * @param what - the family and its method, with or without arguments: `root.lower`.
 * @throws ParameterError, its cause what the family threw.
 */
export function byFamily<R>(what: string, wanted: string, run: () => R): R {
  try {
    return run();
  } catch (error) {
    if (error instanceof RelbiasError || isOutOfMemory(error)) throw error;
    const method = /\w+(?=(?:\(.*\))?$)/.exec(what)?.[0];
    const refused = new ParameterError({
      what,
      got: `an error (${showThrown(error)})`,
      wanted,
      hint: `The family has a mistake in \`${method}\`.`,
    });
    refused.cause = error;
    throw refused;
  }
}

/** The messages of V8, JavaScriptCore and SpiderMonkey for arrays and WebAssembly memories that do not fit. */
const ALLOCATION =
  /alloc|out of memory|memory size|unable to grow|invalid (?:typed )?array (?:buffer )?length|out-of-range length|length too large|array size/i;

/** Whether an engine failed to allocate. Other RangeErrors (infinite recursion, a digit count of toFixed) are bugs. */
function isOutOfMemory(error: unknown): error is RangeError {
  return error instanceof RangeError && ALLOCATION.test(error.message);
}

/**
 * Whether a value is a promise. Not by its class: it may come from another realm, as in test runners.
 *
 * @example
 * isPromise(Promise.resolve(1)); // true
 */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
