// Checks and copies lists of numbers: the parameters of a bias, and one integer per batch row or token.
import { MAX_POSITION } from './check.ts';
import { ParameterError, ShapeError } from './errors.ts';
import { BYTES, isTensor, readTensor, toFloat32 } from './read-tensor.ts';
import { isArray, show } from './show.ts';
import type { ShapedTensor, Tensor } from './tensor.ts';
import { elementCount, isBigIntArray, isUint8Array } from './tensor.ts';

/** The numbers of a parameter: a list, or a tensor, whose shape is checked and whose halves are widened. */
export type ParameterNumbers = ArrayLike<number> | ShapedTensor;

/** Integers, one per batch row or token: an array, or a typed array, of BigInts too. */
export type Integers = ArrayLike<number> | ArrayLike<bigint>;

/**
 * The numbers of a parameter with a known shape, all finite, copied to float64.
 *
 * @param what - their name in errors: `root.strengths`.
 * @param values - a list of numbers, or a tensor.
 * @throws ParameterError if one is not finite, ShapeError for another number of them or a tensor of another shape.
 * @example
 * requireNumbers('root.strengths', [1, 0.5], [2]); // Float64Array(2) [1, 0.5]
 */
export function requireNumbers(what: string, values: unknown, shape: readonly number[]): Float64Array {
  const length = elementCount(shape);
  const list = isTensor(values) ? numbersOf(what, values, shape) : values;
  if (!isNumberList(list)) throw new ParameterError({ what, got: show(list), wanted: `${length} numbers` });
  requireReal(what, list);
  return copied(what, list, length, {
    kind: Float64Array,
    isOne: Number.isFinite,
    wanted: 'a finite number',
    called: 'numbers',
    nested: 'Nested arrays go in as tensor(rows).',
  });
}

/** Axes of extent 1 are ignored: checkpoints store a layer's weights as [width, 1], numbers per head as [heads, 1, 1]. */
function numbersOf(what: string, values: Tensor, shape: readonly number[]): Float32Array {
  const given = readTensor(what, values);
  const squeezed = (extents: readonly number[]): string => extents.filter((extent) => extent !== 1).join();
  if (squeezed(given.shape) === squeezed(shape)) return toFloat32(given);
  throw new ShapeError({
    what,
    got: `the shape ${show(given.shape)}`,
    wanted: show(shape),
    hint: 'Transpose it first, or set the option `layout` if the family has one.',
  });
}

/** The numbers of a parameter with one axis of any extent, all finite, copied to float64. */
export function requireSomeNumbers(what: string, values: unknown): Float64Array {
  const list = isTensor(values) ? values.data : values;
  const length: unknown = isNumberList(list) ? list.length : 0;
  if (typeof length === 'number' && length > 0 && length <= MOST_NUMBERS) return requireNumbers(what, values, [length]);
  throw new ParameterError({ what, got: show(values), wanted: 'at least one number' });
}

/** No layer has more outputs. */
const MOST_NUMBERS = 2 ** 24;

/**
 * Refuses integer arrays: they hold the bits of halves, or quantised numbers without their scale.
 *
 * @throws ParameterError with a hint.
 */
function requireReal(what: string, list: ArrayLike<number>): void {
  if (Array.isArray(list) || /Float\d+Array/.test(Object.prototype.toString.call(list))) return;
  throw new ParameterError({
    what,
    got: show(list),
    wanted: 'real numbers',
    hint: isUint8Array(list) ? BYTES : 'Pass the bits of halves as a tensor: { data, shape, dtype }.',
  });
}

/**
 * A list of integers of a known length, of BigInts too, copied to int32.
 *
 * @param hint - how to fix it, whatever is wrong.
 */
export function requireIntegers(
  what: string,
  values: unknown,
  length: number,
  min: number,
  max: number,
  hint?: string,
): Int32Array {
  if (!isNumberList(values) && !isBigIntArray(values)) {
    throw new ParameterError({ what, got: show(values), wanted: `a list of ${length} integers`, hint });
  }
  return copied(what, values, length, {
    kind: Int32Array,
    // A BigInt beyond int32 is beyond `max` as a number, too.
    isOne: (value) =>
      Number.isInteger(typeof value === 'bigint' ? Number(value) : value) && Number(value) >= min && Number(value) <= max,
    wanted: `an integer from ${min} to ${max}`,
    called: 'integers',
    nested: 'Flatten the rows into one list: rows.flat().',
    hint,
  });
}

/**
 * Copies a list to a typed array. Its length and each entry are read once, by index: a getter or iterator that answers differently the second
 * time must not get past the check. Memory is allocated only after the length is checked.
 */
function copied<A extends Float64Array | Int32Array>(
  what: string,
  list: ArrayLike<unknown>,
  length: number,
  { kind, isOne, wanted, called, nested, hint }: Entries<A>,
): A {
  const given: unknown = list.length;
  if (given !== length) {
    throw new ShapeError({
      what,
      got: `${show(given)} ${called}`,
      wanted: String(length),
      hint: isArray(list[0]) ? nested : hint,
    });
  }
  const into = new kind(length);
  for (let index = 0; index < length; index++) {
    const value: unknown = list[index];
    if (!isOne(value)) {
      throw new ParameterError({ what: `${what}[${index}]`, got: show(value), wanted, hint: isArray(value) ? nested : hint });
    }
    into[index] = Number(value);
  }
  return into;
}

/** What the entries of a list must be. */
interface Entries<A> {
  readonly kind: new (length: number) => A;
  readonly isOne: (value: unknown) => boolean;
  readonly wanted: string;
  /** For the count of a list that has too many or too few. */
  readonly called: string;
  /** The hint for a list of lists. */
  readonly nested: string;
  /** The hint for anything else. */
  readonly hint?: string;
}

/** One integer per token (a position, a segment id): a list for all batch rows, or one list per row after another. Copied to [batch * tokens]. */
export function perToken(what: string, values: unknown, batch: number, tokens: number): Int32Array {
  if (!isNumberList(values) && !isBigIntArray(values)) {
    throw new ParameterError({ what, got: show(values), wanted: `a list of ${tokens} integers` });
  }
  const { length } = values;
  if (length !== tokens && length !== batch * tokens) {
    throw new ShapeError({
      what,
      got: `${show(length)} integers`,
      wanted: `${tokens} for all batch rows or ${batch * tokens} for each`,
      hint: isArray(values[0]) ? 'Flatten the rows into one list: rows.flat().' : undefined,
    });
  }
  const given = requireIntegers(what, values, length, -MAX_POSITION, MAX_POSITION);
  if (length === batch * tokens) return given;
  const all = new Int32Array(batch * tokens);
  for (let b = 0; b < batch; b++) all.set(given, b * tokens);
  return all;
}

/** Arrays and typed arrays, except those of BigInts. */
function isNumberList(values: unknown): values is ArrayLike<number> {
  return isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView) && !isBigIntArray(values));
}
