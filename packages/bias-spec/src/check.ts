// The argument checks that every part of the spec shares. Each throws the error class of errors.ts and returns the value it checked.
import { ParameterError, ShapeError, show } from './errors.ts';

/** No position lies further from 0 and there are no more tokens than this, so that every distance is exact in float32 on any device. */
export const MAX_POSITION: number = 2 ** 23;

/** More heads than any model has, and few enough that a slip of the pen does not ask for gigabytes. */
export const MAX_HEADS: number = 2 ** 16;

export function requireInteger(what: string, value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  const wanted = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
  throw new ParameterError({ what, got: show(value), wanted });
}

export function requireFinite(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ParameterError({ what, got: show(value), wanted: 'a finite number' });
}

export function requirePositive(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new ParameterError({ what, got: show(value), wanted: 'a finite number above 0' });
}

/** A factor above 0 that kernels can hold in float32, where a smaller one would be 0 and a larger one infinite. */
export function requireFactor(what: string, value: unknown): number {
  const factor = requirePositive(what, value);
  if (factor >= LEAST_FACTOR && Number.isFinite(Math.fround(factor))) return factor;
  throw new ParameterError({ what, got: show(value), wanted: 'a number that float32 can hold, from 2^-126 up to 3.4e38' });
}

/** The least normal number of float32: devices may take what lies below for 0. */
const LEAST_FACTOR = 2 ** -126;

export function requireBoolean(what: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ParameterError({ what, got: show(value), wanted: 'true or false' });
}

export function requireOneOf<T extends string>(what: string, value: unknown, accepted: readonly T[]): T {
  if (accepted.includes(value as T)) return value as T;
  throw new ParameterError({
    what,
    got: show(value),
    wanted: accepted.map((name) => JSON.stringify(name)).join(' or '),
  });
}

/** A numeric list of a known length with only finite entries, copied to float64. */
export function requireNumbers(what: string, values: unknown, length: number): Float64Array {
  if (!isNumberList(values)) {
    throw new ParameterError({ what, got: show(values), wanted: `${length} numbers` });
  }
  if (values.length !== length) {
    throw new ShapeError({ what, got: `${values.length} numbers`, wanted: `${length}` });
  }
  // Before copying: a typed array would take null for 0 and "1" for 1.
  for (let index = 0; index < length; index++) requireFinite(`${what}[${index}]`, values[index]);
  return Float64Array.from(values);
}

/** A numeric list of any length above 0 with only finite entries, copied to float64. */
export function requireSomeNumbers(what: string, values: unknown): Float64Array {
  if (isNumberList(values) && values.length > 0) return requireNumbers(what, values, values.length);
  throw new ParameterError({ what, got: show(values), wanted: 'at least one number' });
}

/** A list of integers of a known length, copied to int32. */
export function requireIntegers(what: string, values: unknown, length: number, min: number, max: number): Int32Array {
  if (!isNumberList(values)) {
    throw new ParameterError({ what, got: show(values), wanted: `${length} integers` });
  }
  if (values.length !== length) {
    throw new ShapeError({ what, got: `${values.length} integers`, wanted: `${length}` });
  }
  for (let index = 0; index < length; index++) {
    requireInteger(`${what}[${index}]`, values[index], min, max);
  }
  return Int32Array.from(values);
}

/** One integer per token (a position, a segment id): a list for all batch rows, or one list after another; copied to [batch * tokens]. */
export function perToken(what: string, values: unknown, batch: number, tokens: number): Int32Array {
  if (!isNumberList(values)) {
    throw new ParameterError({ what, got: show(values), wanted: `${tokens} integers` });
  }
  if (values.length !== tokens && values.length !== batch * tokens) {
    throw new ShapeError({
      what,
      got: `${values.length} integers`,
      wanted: `${tokens} for all batch rows or ${batch * tokens} for each`,
    });
  }
  const given = requireIntegers(what, values, values.length, -MAX_POSITION, MAX_POSITION);
  if (given.length === batch * tokens) return given;
  const all = new Int32Array(batch * tokens);
  for (let b = 0; b < batch; b++) all.set(given, b * tokens);
  return all;
}

/** An options object without misspelt or stray keys: a silent `casual: true` would be a silent mistake. */
export function requireKnownKeys(what: string, options: unknown, known: readonly string[]): void {
  if (options === null || typeof options !== 'object') {
    throw new ParameterError({ what, got: show(options), wanted: 'an object' });
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new ParameterError({
      what: `${what}.${key}`,
      got: 'a name nobody reads',
      wanted: `one of ${known.join(', ')}`,
    });
  }
}

/** Plain arrays and typed arrays of numbers: everything with a length and numbers inside, strings and BigInts excluded. */
function isNumberList(values: unknown): values is ArrayLike<number> {
  return (
    Array.isArray(values) ||
    (ArrayBuffer.isView(values) &&
      !(values instanceof DataView) &&
      !(values instanceof BigInt64Array) &&
      !(values instanceof BigUint64Array))
  );
}
