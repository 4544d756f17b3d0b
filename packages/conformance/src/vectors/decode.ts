// The encodings of the vector format: tensors, nested lists, run lengths, ranges, "-Infinity", integers as strings, null for a hidden pair.
import { elementCount } from '@relbias/bias-spec/backend';

/** The longest list that a run length or range may expand to: a typo must not exhaust the memory. */
const LONGEST = 2 ** 24;

/** Numbers of any encoding, flat and row-major, with their shape. A hidden pair (null) reads as NaN. */
export interface Numbers {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** Reads a number, a (nested) list or a tensor; null for anything else, or for data that does not fit its shape. */
export function decodeNumbers(value: unknown): Numbers | null {
  if (Array.isArray(value)) return decodeList(value);
  if (typeof value === 'object' && value !== null && 'shape' in value && 'data' in value) {
    const shape = decodeNumbers(value.shape);
    const data = decodeNumbers(value.data);
    if (shape === null || data === null || data.shape.length !== 1) return null;
    const extents = [...shape.data];
    return elementCount(extents) === data.data.length ? { data: data.data, shape: extents } : null;
  }
  const one = decodeNumber(value);
  return one === null ? null : { data: Float64Array.of(one), shape: [] };
}

function decodeList(list: readonly unknown[]): Numbers | null {
  const parts: Numbers[] = [];
  for (const item of list) {
    const part = decodeNumbers(item);
    if (part === null || part.shape.join() !== (parts[0] ?? part).shape.join()) return null;
    parts.push(part);
  }
  const inner = parts[0]?.shape ?? [];
  const size = elementCount(inner);
  const data = new Float64Array(parts.length * size);
  for (const [index, part] of parts.entries()) data.set(part.data, index * size);
  return { data, shape: [parts.length, ...inner] };
}

/** JSON has no infinities and loses integers beyond 2^53, so the format writes both as strings. */
function decodeNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (value === null) return Number.NaN;
  if (value === '-Infinity' || value === 'Infinity') return Number(value);
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : null;
}

/** Expands `[value, count, value, count, ...]`; null where the list is not of that form. */
export function expandRuns(value: unknown): Numbers | null {
  const runs = decodeNumbers(value);
  if (runs === null || runs.shape.length !== 1 || runs.data.length % 2 !== 0) return null;
  const data: number[] = [];
  for (let index = 0; index < runs.data.length; index += 2) {
    const count = runs.data[index + 1];
    if (!Number.isInteger(count) || count < 0 || data.length + count > LONGEST) return null;
    for (let n = 0; n < count; n++) data.push(runs.data[index]);
  }
  return { data: Float64Array.from(data), shape: [data.length] };
}

/** Integers from a list or a range `{ from, to }`; null where the value is neither, or too long. */
export function decodeRange(value: unknown): Float64Array | null {
  if (typeof value === 'object' && value !== null && 'from' in value && 'to' in value) {
    const { from, to } = value;
    if (typeof from !== 'number' || typeof to !== 'number' || !Number.isInteger(from) || !Number.isInteger(to)) return null;
    if (to < from || to - from >= LONGEST) return null;
    return Float64Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }
  return decodeNumbers(value)?.data ?? null;
}
