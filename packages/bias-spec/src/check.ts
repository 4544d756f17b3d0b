// The argument checks that every part of the spec shares. Each throws the error class of errors.ts and returns the value it checked.
import { ParameterError, ShapeError, show } from './errors.ts';
import type { Tensor } from './tensor.ts';
import { elementCount, isTensor, requireTensor, toFloat32 } from './tensor.ts';

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

/**
 * A parameter that must be above 0, for families of one's own.
 *
 * @throws ParameterError naming `what`.
 * @example
 * requirePositive('root.power', 0.5); // 0.5
 */
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

/** The numbers of a parameter: a list, or a tensor, whose shape is checked and whose halves are widened. */
export type ParameterNumbers = ArrayLike<number> | Tensor;

/**
 * The numbers of a parameter of a known shape, all finite, copied to float64.
 *
 * @param what - their name in errors: `root.strengths`.
 * @param values - a list of numbers, or a tensor.
 * @throws ParameterError where they are no finite numbers, or not so many; ShapeError for a tensor of another shape.
 * @example
 * requireNumbers('root.strengths', [1, 0.5], [2]); // Float64Array(2) [1, 0.5]
 */
export function requireNumbers(what: string, values: unknown, shape: readonly number[]): Float64Array {
  const length = elementCount(shape);
  const list = isTensor(values) ? numbersOf(what, values, shape) : values;
  if (!isNumberList(list)) throw new ParameterError({ what, got: show(list), wanted: `${length} numbers` });
  requireReal(what, list);
  return copied(what, list, length, Float64Array, Number.isFinite, 'a finite number');
}

/** Axes of one entry tell nothing: a layer's weights come as [width, 1], a head's numbers as [heads, 1, 1]. */
function numbersOf(what: string, values: Tensor, shape: readonly number[]): Float32Array {
  const given = requireTensor(what, values, values.shape);
  const squeezed = (extents: readonly number[]): string => extents.filter((extent) => extent !== 1).join();
  if (squeezed(given.shape) === squeezed(shape)) return toFloat32(given);
  throw new ShapeError({
    what,
    got: `the shape ${show(given.shape)}`,
    wanted: show(shape),
    hint: 'Transpose it first, or name its layout where the family has an option for that.',
  });
}

/** The numbers of a parameter of one axis of any length above 0, all finite, copied to float64. */
export function requireSomeNumbers(what: string, values: unknown): Float64Array {
  const list = isTensor(values) ? values.data : values;
  const length: unknown = isNumberList(list) ? list.length : 0;
  if (typeof length === 'number' && length > 0 && length <= MOST_NUMBERS) return requireNumbers(what, values, [length]);
  throw new ParameterError({ what, got: show(values), wanted: 'at least one number' });
}

/** No layer has more outputs. */
const MOST_NUMBERS = 2 ** 24;

/**
 * Integer arrays hold no parameters: what is in them are the bits of halves, or numbers whose scale is missing.
 *
 * @throws ParameterError naming the way out.
 */
function requireReal(what: string, list: ArrayLike<number>): void {
  if (Array.isArray(list) || /Float\d+Array/.test(Object.prototype.toString.call(list))) return;
  throw new ParameterError({
    what,
    got: show(list),
    wanted: 'real numbers',
    hint: 'The bits of halves go in as a tensor: { data, shape, dtype }.',
  });
}

/** A list of integers of a known length, copied to int32. */
export function requireIntegers(what: string, values: unknown, length: number, min: number, max: number): Int32Array {
  if (!isNumberList(values)) {
    throw new ParameterError({ what, got: show(values), wanted: `${length} integers` });
  }
  const isOne = (value: number): boolean => Number.isInteger(value) && value >= min && value <= max;
  return copied(what, values, length, Int32Array, isOne, `an integer from ${min} to ${max}`, 'integers');
}

/**
 * A list copied to a typed array. Its length and each entry are read once: a list whose class answers otherwise the second time, or iterates
 * over something else, must not get past the check. Room is made only for a list that has the length.
 */
function copied<A extends Float64Array | Int32Array>(
  what: string,
  list: ArrayLike<number>,
  length: number,
  kind: new (length: number) => A,
  isOne: (value: number) => boolean,
  wanted: string,
  called = 'numbers',
): A {
  const given: unknown = list.length;
  if (given !== length) {
    throw new ShapeError({ what, got: `${show(given)} ${called}`, wanted: String(length) });
  }
  const into = new kind(length);
  for (let index = 0; index < length; index++) {
    const value: unknown = list[index];
    if (typeof value !== 'number' || !isOne(value)) {
      throw new ParameterError({ what: `${what}[${index}]`, got: show(value), wanted });
    }
    into[index] = value;
  }
  return into;
}

/** One integer per token (a position, a segment id): a list for all batch rows, or one list after another; copied to [batch * tokens]. */
export function perToken(what: string, values: unknown, batch: number, tokens: number): Int32Array {
  if (!isNumberList(values)) {
    throw new ParameterError({ what, got: show(values), wanted: `${tokens} integers` });
  }
  const { length } = values;
  if (length !== tokens && length !== batch * tokens) {
    throw new ShapeError({
      what,
      got: `${show(length)} integers`,
      wanted: `${tokens} for all batch rows or ${batch * tokens} for each`,
    });
  }
  const given = requireIntegers(what, values, length, -MAX_POSITION, MAX_POSITION);
  if (length === batch * tokens) return given;
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
