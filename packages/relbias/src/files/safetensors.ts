// The .safetensors format: 8 bytes of header length, a JSON header, the data. Reads one tensor at a time, which lets a table be read from a
// model of many gigabytes. https://github.com/huggingface/safetensors#format
import type { Tensor } from '@relbias/bias-spec';
import { ParameterError, ShapeError, UnsupportedError } from '@relbias/bias-spec';
import { didYouMean } from '../did-you-mean.ts';
import type { ByteSource, ReadLimits } from './byte-source.ts';
import { requireWithinLimit } from './byte-source.ts';
import type { StoredTensor } from './element-types.ts';
import { ELEMENT_TYPES, asStored, elementNamed, sizeOf } from './element-types.ts';
import { parseJson } from './json.ts';
import { SAFETENSORS, START_BYTES, recognise } from './other-formats.ts';
import { listed, printable } from './printable.ts';

/** The format's own limit on the header. */
const MAX_HEADER_BYTES = 100_000_000;

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The header of a file: what tensors it holds and where. */
export interface SafetensorsHeader {
  readonly entries: Readonly<Record<string, Entry>>;
  readonly dataStart: number;
}

const WANTED = 'a .safetensors file';
const CUT_SHORT = 'It was cut short: copy or download it again.';

/**
 * Reads the header of a file, and none of its data.
 *
 * @param what - the name of the file, for errors.
 * @throws ParameterError for a file of another format, and for one whose tensors leave gaps, overlap or end outside it.
 * @example
 * const file = encodeSafetensors({ q: { elements: 'float32', shape: [1], bytes: new Uint8Array(4) } });
 * const source = { size: file.length, read: async (start: number, end: number) => file.subarray(start, end) };
 * Object.keys((await readSafetensorsHeader('q.safetensors', source)).entries); // ['q']
 */
export async function readSafetensorsHeader(what: string, source: ByteSource): Promise<SafetensorsHeader> {
  const start = await source.read(0, Math.min(START_BYTES, source.size));
  const length = headerLength(what, start, source.size);
  return parseHeader(what, await source.read(8, 8 + length), source.size);
}

/** The length of the header, from the first bytes of the file. */
export function headerLength(what: string, start: Uint8Array, size: number): number {
  const length = size < 8 ? NaN : Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (length <= MAX_HEADER_BYTES && 8 + length <= size) return length;
  const other = recognise(start);
  if (other !== undefined && other !== SAFETENSORS) {
    throw new ParameterError({ what, got: other.name, wanted: WANTED, hint: other.hint });
  }
  const got = size < 8 ? `a file of ${size} bytes` : `a header of ${length} bytes in a file of ${size}`;
  throw new ParameterError({ what, got, wanted: WANTED, hint: other === SAFETENSORS ? CUT_SHORT : undefined });
}

/** @param size - of the whole file, in bytes. */
export function parseHeader(what: string, bytes: Uint8Array, size: number): SafetensorsHeader {
  const header = parseJson(`${what}, header`, bytes, WANTED);
  if (header === null || typeof header !== 'object' || Array.isArray(header))
    throw broken(what, 'a header that is not an object');
  const { __metadata__: _, ...entries } = header as Record<string, unknown>;
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw broken(what, `a header whose entry "${printable(name)}" lacks dtype, shape or data_offsets`);
  }
  const dataStart = 8 + bytes.length;
  requireWhole(what, entries as Record<string, Entry>, size - dataStart);
  return { entries: entries as Record<string, Entry>, dataStart };
}

function isEntry(value: unknown): value is Entry {
  if (value === null || typeof value !== 'object') return false;
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((one) => Number.isSafeInteger(one) && one >= 0);
  return typeof dtype === 'string' && counts(shape) && counts(offsets) && offsets.length === 2;
}

/** The format's own rule: the tensors lie end to end and fill the file. No byte is read twice and none is hidden. */
function requireWhole(what: string, entries: Readonly<Record<string, Entry>>, size: number): void {
  const ordered = Object.entries(entries).toSorted(
    ([, { data_offsets: one }], [, { data_offsets: other }]) => one[0] - other[0] || one[1] - other[1],
  );
  let end = 0;
  for (const [name, { data_offsets: offsets }] of ordered) {
    if (offsets[0] !== end || offsets[1] < end || offsets[1] > size) {
      throw new ParameterError({
        what,
        got: `"${printable(name)}" at bytes ${offsets[0]} to ${offsets[1]} of ${size}`,
        wanted: `${WANTED}, whose tensors lie end to end (the next from byte ${end} on)`,
        hint: offsets[1] > size ? CUT_SHORT : undefined,
      });
    }
    end = offsets[1];
  }
  if (end !== size) throw broken(what, `${size} bytes of data, but a header for ${end} of them`);
}

/**
 * Reads one tensor of a file whose header has been read.
 *
 * @throws ParameterError for a name that the file does not hold, UnsupportedError for an element type that is not read or a tensor above
 * the limit, ShapeError where shape and length disagree.
 * @example
 * const file = encodeSafetensors({ q: { elements: 'float32', shape: [1], bytes: new Uint8Array(4) } });
 * const source = { size: file.length, read: async (start: number, end: number) => file.subarray(start, end) };
 * const header = await readSafetensorsHeader('q.safetensors', source);
 * (await readSafetensor('q.safetensors', source, header, 'q')).shape; // [1]
 */
export async function readSafetensor(
  what: string,
  source: ByteSource,
  header: SafetensorsHeader,
  name: string,
  limits: ReadLimits = {},
): Promise<StoredTensor> {
  const { elements, shape, start, end } = locate(what, header, name, limits);
  return { elements, shape, bytes: await source.read(start, end) };
}

/** Where a tensor lies, as bytes [start, end) of the file, and what it is. */
export function locate(
  what: string,
  { entries, dataStart }: SafetensorsHeader,
  name: string,
  limits: ReadLimits,
): Omit<StoredTensor, 'bytes'> & { readonly start: number; readonly end: number } {
  const where = `${what}:${printable(name)}`;
  if (!Object.hasOwn(entries, name)) {
    const names = Object.keys(entries);
    throw new ParameterError({
      what: where,
      got: 'a name that the file does not hold',
      wanted: `one of ${listed(names)}`,
      hint: didYouMean(name, names),
    });
  }
  const { dtype, shape, data_offsets: offsets } = entries[name];
  const elements = elementNamed('safetensors', dtype);
  if (elements === undefined) {
    throw new UnsupportedError({
      what: where,
      got: `elements of the type ${printable(dtype)}`,
      wanted: Object.values(ELEMENT_TYPES)
        .map((type) => type.safetensors)
        .join(', '),
      hint: 'In PyTorch: tensor.float().',
    });
  }
  const [start, end] = offsets;
  const wanted = sizeOf(shape) * ELEMENT_TYPES[elements].bytes;
  if (end - start !== wanted) {
    throw new ShapeError({
      what: where,
      got: `data from byte ${start} to ${end}`,
      wanted: `${wanted} bytes for ${dtype} in the shape ${printable(`[${shape.join(', ')}]`)}`,
    });
  }
  requireWithinLimit(where, sizeOf(shape), ELEMENT_TYPES[elements].bytes, limits);
  return { elements, shape, start: dataStart + start, end: dataStart + end };
}

/**
 * Writes a file of these tensors. The header is padded with spaces to align the data, as the format's own writer does.
 *
 * @param tensors - by name, each a tensor or an array as `readSafetensors` returns it.
 * @example
 * encodeSafetensors({ q: { elements: 'float32', shape: [1], bytes: new Uint8Array(4) } }).length; // 68
 */
export function encodeSafetensors(tensors: Readonly<Record<string, StoredTensor | Tensor>>): Uint8Array {
  const named = Object.entries(tensors).map(([name, one]) => [name, asStored(`encodeSafetensors, ${name}`, one)] as const);
  const header: (readonly [string, Entry])[] = [];
  let end = 0;
  for (const [name, { elements, shape, bytes }] of named) {
    header.push([name, { dtype: ELEMENT_TYPES[elements].safetensors, shape, data_offsets: [end, end + bytes.length] }]);
    end += bytes.length;
  }
  // fromEntries sets any name as an own key, "__proto__" too.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(dataStart + end).fill(0x20, 8, dataStart);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.set(json, 8);
  for (const [index, [, { bytes }]] of named.entries()) file.set(bytes, dataStart + header[index][1].data_offsets[0]);
  return file;
}

function broken(what: string, got: string): ParameterError {
  return new ParameterError({ what, got, wanted: WANTED });
}
