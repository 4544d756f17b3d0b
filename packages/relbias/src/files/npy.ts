// The .npy format of NumPy (versions 1.0, 2.0 and 3.0): numeric and boolean little-endian arrays. Fortran order becomes row-major.
// Own code because the readers on npm neither check the length of the data nor reorder Fortran arrays.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import type { Tensor } from '@relbias/bias-spec';
import { ParameterError, ShapeError, UnsupportedError } from '@relbias/bias-spec';
import type { ByteSource, ReadLimits } from './byte-source.ts';
import { allocate, requireBytes, requireWithinLimit } from './byte-source.ts';
import type { ElementName, StoredTensor } from './element-types.ts';
import { ELEMENT_TYPES, asStored, elementNamed, sizeOf } from './element-types.ts';
import { START_BYTES, recognise } from './other-formats.ts';
import { printable } from './printable.ts';

const MAGIC = '\x93NUMPY';
const WANTED = 'a NumPy .npy file';

/** NumPy aligns the data of a file to this many bytes. */
const ALIGNMENT = 64;

/** The magic, the version and the length of the header, in the longer of their two forms. */
const PREFIX_BYTES = 12;

/** A header without fields takes a few hundred bytes. NumPy itself reads at most 10,000 by default. */
const MAX_HEADER_BYTES = 2 ** 16;

/** NumPy's own limit. */
const MAX_AXES = 64;

interface NpyHeader {
  readonly elements: ElementName;
  readonly shape: readonly number[];
  readonly fortran: boolean;
  readonly dataStart: number;
}

/**
 * Reads the array of a .npy file from its bytes.
 *
 * @param what - the name of the file, for errors.
 * @throws ParameterError for a broken file, ShapeError where header and data disagree, UnsupportedError for other element types.
 * @example
 * const file = encodeNpy('a.npy', { elements: 'uint8', shape: [2], bytes: Uint8Array.of(3, 4) });
 * decodeNpy('a.npy', file).shape; // [2]
 */
export function decodeNpy(what: string, file: Uint8Array | ArrayBuffer): StoredTensor {
  const bytes = requireBytes('decodeNpy', what, file);
  requireMagic(what, bytes.subarray(0, START_BYTES));
  const dataStart = headerEnd(what, bytes.subarray(0, PREFIX_BYTES), bytes.length);
  const header = readHeader(what, bytes.subarray(0, dataStart));
  requireDataOf(what, header, bytes.length);
  return rowMajor(what, header, bytes.subarray(dataStart));
}

/**
 * Reads the array of a file chunk by chunk, in ascending order: the header first, and no data before the header has been checked.
 *
 * @throws UnsupportedError above the limit, and what decodeNpy throws.
 */
export async function readNpy(what: string, source: ByteSource, limits: ReadLimits): Promise<StoredTensor> {
  const prefix = await source.read(0, Math.min(PREFIX_BYTES, source.size));
  if (!hasMagic(prefix)) {
    const more = await source.read(prefix.length, Math.min(START_BYTES, source.size));
    requireMagic(what, Uint8Array.of(...prefix, ...more));
  }
  const dataStart = headerEnd(what, prefix, source.size);
  const start = new Uint8Array(dataStart);
  start.set(prefix);
  start.set(await source.read(prefix.length, dataStart), prefix.length);
  const header = readHeader(what, start);
  requireDataOf(what, header, source.size);
  requireWithinLimit(what, sizeOf(header.shape), ELEMENT_TYPES[header.elements].bytes, limits);
  return rowMajor(what, header, await source.read(dataStart, source.size));
}

function hasMagic(start: Uint8Array): boolean {
  return String.fromCharCode(...start.subarray(0, MAGIC.length)) === MAGIC;
}

function requireMagic(what: string, start: Uint8Array): void {
  if (hasMagic(start)) return;
  const { name = 'a file that does not begin like one', hint } = recognise(start) ?? {};
  throw new ParameterError({ what, got: name, wanted: WANTED, hint });
}

/** Where the header ends and the data begins. */
function headerEnd(what: string, prefix: Uint8Array, size: number): number {
  if (prefix.length < PREFIX_BYTES) throw broken(what, 'a file that ends within its header');
  const [major, minor] = prefix.subarray(MAGIC.length);
  if (major < 1 || major > 3 || minor !== 0) {
    throw new UnsupportedError({ what, got: `version ${major}.${minor} of .npy`, wanted: 'version 1.0, 2.0 or 3.0' });
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const wide = major > 1;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const end = (wide ? PREFIX_BYTES : 10) + length;
  if (length < 2 || length > MAX_HEADER_BYTES) {
    throw broken(what, `a header of ${length} bytes (2 to ${MAX_HEADER_BYTES} are read)`);
  }
  if (end > size) throw broken(what, 'a file that ends within its header');
  return end;
}

// The spaces that NumPy writes and editors leave: JavaScript's \s matches more than Python's grammar allows. NumPy under Python 2 wrote
// u'descr' where unicode_literals was on, and extents such as 3L.
const DICTIONARY = /^[ \t\r\n]*\{(.*)\}[ \t\r\n]*$/s;
const ITEM =
  /[ \t\r\n]*u?(?:'([^'\\]*)'|"([^"\\]*)")[ \t]*:[ \t]*(u?'[^'\\]*'|u?"[^"\\]*"|\[.*\]|\([^()]*\)|[A-Za-z]+)[ \t\r\n]*(?:,[ \t\r\n]*|$)/sy;
const TUPLE = /^\((?: *\d+L? *,)* *(?:\d+L? *)?\)$/;

/** The values of the header's dictionary: each of its keys once, and no other. */
function readDictionary(what: string, text: string): Readonly<Record<'descr' | 'fortran_order' | 'shape', string>> {
  const shown = (): string => `the header ${printable(text.trim())}`;
  const body = DICTIONARY.exec(text)?.[1];
  if (body === undefined) throw broken(what, shown());
  const values: { -readonly [K in 'descr' | 'fortran_order' | 'shape']?: string } = {};
  ITEM.lastIndex = 0;
  while (ITEM.lastIndex < body.length) {
    const item = ITEM.exec(body);
    if (item === null) throw broken(what, shown());
    const key = item[1] ?? item[2];
    if (key !== 'descr' && key !== 'fortran_order' && key !== 'shape') {
      throw broken(what, `a header with the key "${printable(key)}"`);
    }
    if (values[key] !== undefined) throw broken(what, `a header with the key "${key}" twice`);
    values[key] = item[3];
  }
  const { descr, fortran_order: order, shape } = values;
  if (descr === undefined || order === undefined || shape === undefined) throw broken(what, shown());
  return { descr, fortran_order: order, shape };
}

function readHeader(what: string, start: Uint8Array): NpyHeader {
  const headerStart = start[MAGIC.length] > 1 ? PREFIX_BYTES : 10;
  const values = readDictionary(what, new TextDecoder('utf-8', { ignoreBOM: true }).decode(start.subarray(headerStart)));
  const { descr, fortran_order: order, shape: tuple } = values;
  const elements = readElements(what, descr);
  if (order !== 'True' && order !== 'False') {
    throw broken(what, `a header whose fortran_order is ${printable(order)}`);
  }
  const extents = TUPLE.test(tuple) ? (tuple.match(/\d+/g) ?? []).map(Number) : undefined;
  // In Python (3) is a number and (3,) is a tuple.
  const lists = extents !== undefined && (extents.length !== 1 || tuple.includes(','));
  if (!lists || extents.length > MAX_AXES || !extents.every((extent) => Number.isSafeInteger(extent))) {
    throw broken(what, `a header whose shape is ${printable(tuple)}`);
  }
  return { elements, shape: extents, fortran: order === 'True', dataStart: start.length };
}

/** The element type of a `descr`: byte order, kind, size. */
function readElements(what: string, descr: string): ElementName {
  const text = /^u?['"](.*)['"]$/s.exec(descr)?.[1];
  const elements = text === undefined ? undefined : elementNamed('npy', text.slice(1));
  if (text === undefined || elements === undefined || !/^[<>|=]/.test(text)) {
    const { got, hint } = text === undefined ? structured(descr) : otherElements(text);
    throw new UnsupportedError({ what, got, wanted: 'floats of 16, 32 or 64 bits, integers or booleans', hint });
  }
  const mark = text[0];
  // One byte has no order.
  if (mark === '<' || ELEMENT_TYPES[elements].bytes === 1) return elements;
  const order = mark === '>' ? 'big-endian elements' : 'elements without a byte order of their own';
  throw new UnsupportedError({
    what,
    got: `${order} (${text})`,
    wanted: 'little-endian elements',
    hint: `In NumPy: array.astype('<${text.slice(1)}').`,
  });
}

/** A `descr` that is a list of fields: [('a', '<f4'), ('b', '<i8')]. */
function structured(descr: string): { got: string; hint: string } {
  const fields = Array.from(descr.matchAll(/\(u?['"]([^'"]+)['"]/g), ([, name]) => printable(name));
  const first = fields[0] ?? 'NAME';
  return {
    got: fields.length === 0 ? 'a structured array' : `a structured array with the fields ${fields.slice(0, 8).join(', ')}`,
    hint: `Save one field: np.save(FILE, array['${first}']).`,
  };
}

/** What is known of the kinds of elements that are not read. */
function otherElements(text: string): { got: string; hint: string } {
  const code = printable(text);
  const cast = "In NumPy: array.astype('float32').";
  switch (text[1]) {
    case 'O':
      return {
        got: `an array of Python objects (${code}), which is a pickle`,
        hint: "In NumPy: np.save(FILE, np.array(array.tolist(), dtype='float32')).",
      };
    case 'U':
    case 'S':
      return { got: `an array of texts (${code})`, hint: `For numbers as text, ${cast.replace('In', 'in')}` };
    case 'M':
    case 'm':
      return { got: `an array of dates or times (${code})`, hint: cast };
    case 'c':
      return { got: `complex numbers (${code})`, hint: 'In NumPy: array.real, array.imag or abs(array).' };
    case 'V':
      return {
        got: `elements of the type ${code}, which NumPy writes for bfloat16`,
        hint: `${cast.slice(0, -1)}, before saving.`,
      };
    default:
      return { got: `elements of the type ${code}`, hint: cast };
  }
}

function requireDataOf(what: string, { elements, shape, dataStart }: NpyHeader, size: number): void {
  const wanted = sizeOf(shape) * ELEMENT_TYPES[elements].bytes;
  if (size - dataStart === wanted) return;
  throw new ShapeError({
    what,
    got: `${size - dataStart} bytes of data`,
    wanted: `${wanted} for ${elements} in the shape ${printable(`[${shape.join(', ')}]`)}`,
    hint: 'The file was cut short, or something was added to it: save it again.',
  });
}

/** Column-major to row-major: the last axis becomes the fastest. */
function rowMajor(what: string, { elements, shape, fortran }: NpyHeader, bytes: Uint8Array): StoredTensor {
  if (!fortran || shape.length < 2) return { elements, shape, bytes };
  const elementBytes = ELEMENT_TYPES[elements].bytes;
  const out = allocate(what, bytes.length);
  const index = shape.map(() => 0);
  for (let at = 0; at < bytes.length; at += elementBytes) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis] + index[axis];
    for (let byte = 0; byte < elementBytes; byte++) out[at + byte] = bytes[from * elementBytes + byte];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return { elements, shape, bytes: out };
}

/**
 * Writes an array as a .npy file of version 1.0.
 *
 * @param what - the name of the file, for errors.
 * @param array - a tensor, or an array as `decodeNpy` returns it.
 * @throws UnsupportedError for bfloat16, which NumPy does not have.
 * @example
 * encodeNpy('a.npy', { elements: 'uint8', shape: [2], bytes: Uint8Array.of(3, 4) }).length; // 130
 */
export function encodeNpy(what: string, array: StoredTensor | Tensor): Uint8Array {
  const { elements, shape, bytes } = asStored(`encodeNpy, ${what}`, array);
  const { npy } = ELEMENT_TYPES[elements];
  if (npy === undefined) {
    throw new UnsupportedError({
      what,
      got: elements,
      wanted: 'an element type that .npy has',
      hint: 'A .safetensors file can hold it.',
    });
  }
  const order = ELEMENT_TYPES[elements].bytes === 1 ? '|' : '<';
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${order}${npy}', 'fortran_order': False, 'shape': (${extents}), }`;
  const dataStart = Math.ceil((10 + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(dataStart + bytes.length);
  file.set(Uint8Array.from(MAGIC, (character) => character.charCodeAt(0)));
  file.set([1, 0], 6);
  new DataView(file.buffer).setUint16(8, dataStart - 10, true);
  new TextEncoder().encodeInto(`${dictionary.padEnd(dataStart - 11)}\n`, file.subarray(10));
  file.set(bytes, dataStart);
  return file;
}

function broken(what: string, got: string): ParameterError {
  return new ParameterError({ what, got, wanted: WANTED });
}
