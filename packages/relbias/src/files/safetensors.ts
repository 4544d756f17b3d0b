// The .safetensors format: 8 bytes of header length, a JSON header, the data. Reads one tensor at a time, so that a table can be
// taken out of a model of many gigabytes. https://github.com/huggingface/safetensors#format
import { ParameterError, ShapeError, UnsupportedError } from '@relbias/bias-spec';
import type { ByteSource, ReadLimits } from './byte-source.ts';
import { requireWithinLimit } from './byte-source.ts';
import type { StoredTensor } from './element-types.ts';
import { ELEMENT_TYPES, elementNamed, sizeOf } from './element-types.ts';
import { parseJson } from './json.ts';
import { printable } from './printable.ts';

/** The format's own limit on the header, against files that would make a reader allocate without end. */
const MAX_HEADER_BYTES = 100_000_000;

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** What a file says it holds, before any data is read. */
export interface SafetensorsHeader {
  readonly entries: Readonly<Record<string, Entry>>;
  readonly dataStart: number;
}

const WANTED = 'a .safetensors file';

/**
 * Reads what a file holds, and none of its data.
 *
 * @throws ParameterError for a file that is no .safetensors file: one whose tensors leave gaps, overlap or end outside it included.
 * @example
 * const file = encodeSafetensors({ q: { elements: 'float32', shape: [1], bytes: new Uint8Array(4) } });
 * const source = { size: file.length, read: async (start: number, end: number) => file.subarray(start, end) };
 * Object.keys((await readSafetensorsHeader('q.safetensors', source)).entries); // ['q']
 */
export async function readSafetensorsHeader(what: string, source: ByteSource): Promise<SafetensorsHeader> {
  if (source.size < 8) throw broken(what, `a file of ${source.size} bytes`);
  const prefix = await source.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > source.size)
    throw broken(what, `a header of ${length} bytes in a file of ${source.size}`);
  const header = parseJson(`${what}, header`, await source.read(8, 8 + length), WANTED);
  if (header === null || typeof header !== 'object' || Array.isArray(header))
    throw broken(what, 'a header that is not an object');
  const { __metadata__: _, ...entries } = header as Record<string, unknown>;
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw broken(what, `a header whose entry "${printable(name)}" lacks dtype, shape or data_offsets`);
  }
  const dataStart = 8 + length;
  requireWhole(what, entries as Record<string, Entry>, source.size - dataStart);
  return { entries: entries as Record<string, Entry>, dataStart };
}

function isEntry(value: unknown): value is Entry {
  if (value === null || typeof value !== 'object') return false;
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((one) => Number.isSafeInteger(one) && one >= 0);
  return typeof dtype === 'string' && counts(shape) && counts(offsets) && offsets.length === 2;
}

/** The format's own rule: the tensors lie end to end and fill the file, so that no byte is read twice and none is hidden. */
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
        hint: offsets[1] > size ? 'It was cut short: copy it again.' : undefined,
      });
    }
    end = offsets[1];
  }
  if (end !== size) {
    throw broken(what, `${size} bytes of data, of which the header names ${end}: one that was cut short or added to`);
  }
}

/**
 * One tensor of those in the header.
 *
 * @throws UnsupportedError for an element type that is not read or a tensor above the limit, ShapeError where shape and length disagree.
 */
export async function readSafetensor(
  what: string,
  source: ByteSource,
  { entries, dataStart }: SafetensorsHeader,
  name: string,
  limits: ReadLimits = {},
): Promise<StoredTensor> {
  const where = `${what}:${printable(name)}`;
  if (!Object.hasOwn(entries, name)) {
    throw new ParameterError({ what: where, got: 'a name that the file does not hold', wanted: 'a name of its header' });
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
    });
  }
  const [start, end] = offsets;
  const wanted = sizeOf(shape) * ELEMENT_TYPES[elements].bytes;
  if (end - start !== wanted) {
    throw new ShapeError({
      what: where,
      got: `bytes ${start} to ${end} of ${source.size - dataStart}`,
      wanted: `${wanted} bytes for ${dtype} in the shape ${printable(`[${shape.join(', ')}]`)}`,
    });
  }
  requireWithinLimit(where, sizeOf(shape), ELEMENT_TYPES[elements].bytes, limits);
  return { elements, shape, bytes: await source.read(dataStart + start, dataStart + end) };
}

/** A file of these tensors. The header is padded with spaces so that the data is aligned, as the format's own writer does. */
export function encodeSafetensors(tensors: Readonly<Record<string, StoredTensor>>): Uint8Array {
  const named = Object.entries(tensors);
  const header: (readonly [string, Entry])[] = [];
  let end = 0;
  for (const [name, { elements, shape, bytes }] of named) {
    header.push([name, { dtype: ELEMENT_TYPES[elements].safetensors, shape, data_offsets: [end, end + bytes.length] }]);
    end += bytes.length;
  }
  // fromEntries takes any name for a name, "__proto__" too.
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
