// The errors of relbias: one class per kind of mistake, each saying what was got, what was wanted and the way out.

/** What an error message is made of. */
export interface Complaint {
  /** The argument or quantity, as the caller wrote it: `problem.heads`, `query.shape`. */
  readonly what: string;
  readonly got: string;
  readonly wanted: string;
  /** The way out, where it does not follow from `wanted`. */
  readonly hint?: string;
}

/** The base class, so that `error instanceof RelbiasError` separates our refusals from bugs. */
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

/** The device went away (lost GPU device or context, ended worker) or the object was disposed. */
export class DeviceLostError extends RelbiasError {
  override readonly name: string = 'DeviceLostError';
}

/** Prints a value for an error message: short, and never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `the function ${value.name}`;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    // Lists inside a list are counted: they may be long, or hold the list that they stand in.
    const one = (entry: unknown): string => (Array.isArray(entry) ? `an array of ${entry.length}` : show(entry));
    return value.length > 8 ? `an array of ${value.length}` : `[${value.map(one).join(', ')}]`;
  }
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (ArrayBuffer.isView(value)) return `${article(name)} of ${(value as Partial<Uint8Array>).length ?? value.byteLength}`;
  const made = name === 'Object' ? (value.constructor?.name ?? name) : name;
  // What a typed array's class made is a view, unless it is a proxy around one.
  return /^(?:Big)?(?:Int|Uint|Float)\d+\w*Array$/.test(made) ? `a proxy of ${article(made)}` : article(made);
}

function article(name: string): string {
  return `${/^[AEIO]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/**
 * What `allocate` gives, also where that is a promise. Engines that have no memory left say so with a RangeError, which names neither what for nor the way out.
 *
 * @param what - who needs it: `problem`, `cpu`.
 * @param need - what for: `the tables of a bias of 8 heads`.
 * @throws UnsupportedError where the engine has no room for it.
 */
export function withRoom<T>(what: string, need: string, hint: string, allocate: () => T): T {
  const explain = (error: unknown): never => {
    if (!(error instanceof RangeError)) throw error;
    const refused = new UnsupportedError({
      what,
      got: `no room for ${need} (${error.message})`,
      wanted: 'that much memory, and addresses to spare',
      hint,
    });
    // Whoever made the array may have a mistake: where it was made must not be lost.
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

/** Whether there is something to wait for. Not by its class: it may come from another realm, as with test runners. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
