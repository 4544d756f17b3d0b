// The .npy format of NumPy (versions 1 to 3): numeric, little-endian arrays, Fortran order brought to row-major on reading.
// Own code because the readers on npm neither check the length of the data nor reorder Fortran arrays.
import { ParameterError, ShapeError, UnsupportedError, show } from '@relbias/bias-spec';
import type { StoredTensor } from './element-types.ts';
import { ELEMENT_TYPES, elementNamed, sizeOf } from './element-types.ts';

const MAGIC = '\x93NUMPY';

/** NumPy aligns the data of a file to this. */
const ALIGNMENT = 64;

/**
 * Reads an array.
 *
 * @param what - the file, for errors.
 * @throws ParameterError on a broken file, ShapeError where header and data disagree, UnsupportedError on other kinds of elements.
 */
export function decodeNpy(what: string, file: Uint8Array): StoredTensor {
  const { header, dataStart } = splitHeader(what, file);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  if (order === undefined || shapeText === undefined) {
    throw broken(what, `the header ${show(header.trim().slice(0, 80))}`);
  }
  const elements = descr === undefined ? undefined : elementNamed('npy', descr.slice(1));
  if (descr === undefined || elements === undefined) {
    throw new UnsupportedError({
      what,
      got: `elements of the type ${descr ?? 'of a structured array'}`,
      wanted: 'floats of 16, 32 or 64 bits, or integers',
      hint: "In NumPy: array.astype('float32').",
    });
  }
  if (descr[0] === '>') {
    throw new UnsupportedError({
      what,
      got: `big-endian elements (${descr})`,
      wanted: 'little-endian ones',
      hint: `In NumPy: array.astype('<${descr.slice(1)}').`,
    });
  }
  const shape = shapeText
    .split(',')
    .map((extent) => extent.trim())
    .filter((extent) => extent !== '')
    .map(Number);
  const bytes = file.subarray(dataStart);
  const wanted = sizeOf(shape) * ELEMENT_TYPES[elements].bytes;
  if (bytes.length !== wanted) {
    throw new ShapeError({
      what,
      got: `${bytes.length} bytes of data`,
      wanted: `${wanted} for ${elements} in the shape [${shape.join(', ')}]`,
    });
  }
  if (order === 'False' || shape.length < 2) return { elements, shape, bytes };
  return { elements, shape, bytes: rowMajor(bytes, shape, ELEMENT_TYPES[elements].bytes) };
}

function splitHeader(what: string, file: Uint8Array): { header: string; dataStart: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = String.fromCharCode(...file.subarray(0, MAGIC.length));
  if (magic !== MAGIC || file.length < 12) throw broken(what, 'a file that does not begin like one');
  const wide = file[6] > 1;
  const headerStart = wide ? 12 : 10;
  const dataStart = headerStart + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (dataStart > file.length) throw broken(what, 'a file that ends within its header');
  return { header: new TextDecoder().decode(file.subarray(headerStart, dataStart)), dataStart };
}

/** Column-major to row-major: the last axis becomes the fastest. */
function rowMajor(bytes: Uint8Array, shape: readonly number[], elementBytes: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const index = shape.map(() => 0);
  for (let at = 0; at < bytes.length; at += elementBytes) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis] + index[axis];
    for (let byte = 0; byte < elementBytes; byte++) out[at + byte] = bytes[from * elementBytes + byte];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return out;
}

/** Writes an array as a version 1.0 file. @throws UnsupportedError for bfloat16, which NumPy does not have. */
export function encodeNpy(what: string, { elements, shape, bytes }: StoredTensor): Uint8Array {
  const { npy } = ELEMENT_TYPES[elements];
  if (npy === undefined) {
    throw new UnsupportedError({ what, got: elements, wanted: 'a type that .npy has', hint: 'A .safetensors file can hold it.' });
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
  return new ParameterError({ what, got, wanted: 'a NumPy .npy file' });
}
