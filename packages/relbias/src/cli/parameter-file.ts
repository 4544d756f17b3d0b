// The options of a family's function from a JSON file. Texts that name tensor files become numbers, and nested lists become flat ones. The
// shape of each array is kept.
import type { ReadLimits } from '../files/byte-source.ts';
import { withFile } from '../files/file-source.ts';
import { parseJson } from '../files/json.ts';
import { printable } from '../files/printable.ts';
import { filesOf, parseReference } from '../files/read.ts';
import type { GivenArray } from './given-array.ts';
import { namesTensorFile, readArray } from './numbers.ts';
import { UsageError } from './usage-error.ts';
import path from 'node:path';

/** As text a number takes a dozen bytes, and parsed as JSON up to ten times as many. Larger arrays belong in tensor files. */
const MAX_BYTES = 2 ** 26;

const WANTED = 'a JSON object';

export interface ParameterFile {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Every array with a shape, by its path in the file: `table`, `layers.0.weight`. */
  readonly arrays: ReadonlyMap<string, GivenArray>;
}

/** Reads the file. Tensor files that it names are looked for in its folder. */
export async function readParameters(name: string, file: string, limits: ReadLimits): Promise<ParameterFile> {
  const parsed = await parseFile(`${name} ${file}`, file);
  const arrays = new Map<string, GivenArray>();
  const folder = path.dirname(path.resolve(file));
  const settings = await resolve(parsed, '', { name, folder, limits, arrays });
  return { settings: settings as Record<string, unknown>, arrays };
}

/** The tensor files that a parameter file names. None where it cannot be read, which `readParameters` reports. */
export async function namedTensorFiles(file: string): Promise<string[]> {
  const parsed = await parseFile('--params', file).catch(() => undefined);
  const folder = path.dirname(path.resolve(file));
  const inside = (value: unknown): string[] => {
    if (typeof value === 'string') return namesTensorFile(value) ? [path.resolve(folder, value)] : [];
    return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(inside);
  };
  return (await Promise.all(inside(parsed).map((reference) => filesOf(parseReference('--params', reference))))).flat();
}

async function parseFile(what: string, file: string): Promise<object> {
  const bytes = await withFile(what, file, async ({ size, read }) => {
    if (size > MAX_BYTES) {
      throw new UsageError(what, `${size} bytes of JSON`, `at most ${MAX_BYTES}: put large arrays in a separate tensor file`);
    }
    return read(0, size);
  });
  const parsed = parseJson(what, bytes, WANTED);
  if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed;
  throw new UsageError(what, Array.isArray(parsed) ? 'a JSON list' : `the JSON value ${printable(String(parsed))}`, WANTED);
}

interface Reading {
  readonly name: string;
  readonly folder: string;
  readonly limits: ReadLimits;
  readonly arrays: Map<string, GivenArray>;
}

async function resolve(value: unknown, place: string, reading: Reading): Promise<unknown> {
  const { name, folder, limits, arrays } = reading;
  if (typeof value === 'string' && namesTensorFile(value)) {
    const array = await readArray(`${name}, ${printable(place)}`, path.resolve(folder, value), limits, 'learned');
    arrays.set(place, array);
    return array.data;
  }
  if (Array.isArray(value)) {
    if (!holdsNumbers(value)) return Promise.all(value.map((one, index) => resolve(one, `${place}.${index}`, reading)));
    const shape = shapeOf(value);
    if (shape === undefined) {
      throw new UsageError(`${name}, ${printable(place)}`, 'lists of different lengths', 'rows of equal length');
    }
    const data = value.flat(shape.length) as number[];
    // A flat list is the documented form, and has no shape to check.
    if (shape.length > 1) arrays.set(place, { data: Float64Array.from(data), shape, from: 'nested lists' });
    return data;
  }
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(
    async ([key, one]) => [key, await resolve(one, place === '' ? key : `${place}.${key}`, reading)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Whether a list holds nothing but numbers and lists of numbers. */
function holdsNumbers(list: readonly unknown[]): boolean {
  return list.every((one) => typeof one === 'number' || (Array.isArray(one) && holdsNumbers(one)));
}

/** The shape of nested lists; undefined where they are ragged. */
function shapeOf(list: readonly unknown[]): number[] | undefined {
  if (list.every((one) => typeof one === 'number')) return [list.length];
  let inner: number[] | undefined;
  for (const one of list) {
    const shape = Array.isArray(one) ? shapeOf(one) : undefined;
    if (shape === undefined || (inner !== undefined && shape.join() !== inner.join())) return undefined;
    inner = shape;
  }
  return inner === undefined ? undefined : [list.length, ...inner];
}
