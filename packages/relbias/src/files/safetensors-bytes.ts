// A whole .safetensors file in memory: from a file dropped on a page, or from a download.
import { asBytes } from './byte-source.ts';
import type { ReadLimits } from './byte-source.ts';
import type { StoredTensor } from './element-types.ts';
import { headerLength, locate, parseHeader } from './safetensors.ts';

/** The tensors of a .safetensors file. */
export interface SafetensorsFile {
  /** The names of the tensors, in the order of the header. */
  readonly names: readonly string[];
  /**
   * One of them. Its bytes are a view of the file's.
   *
   * @throws ParameterError for a name that the file does not hold, UnsupportedError for an element type that is not read.
   */
  read(name: string): StoredTensor;
}

/**
 * Reads a .safetensors file from its bytes.
 *
 * @param bytes - the whole file. For a file too large for memory, use `readSafetensorsHeader` and `readSafetensor`.
 * @param what - the name of the file, for errors.
 * @param limits - `maxBytes` of one tensor, default 2^30.
 * @throws ParameterError for a file of another format or a broken one.
 * @example
 * const bytes = encodeSafetensors({ q: { elements: 'float32', shape: [1], bytes: new Uint8Array(4) } });
 * const file = readSafetensors(bytes);
 * file.names; // ['q']
 * toTensor('q', file.read('q')).shape; // [1]
 */
export function readSafetensors(
  bytes: Uint8Array | ArrayBuffer,
  what: string = 'safetensors',
  limits: ReadLimits = {},
): SafetensorsFile {
  const file = asBytes('readSafetensors', bytes);
  const header = parseHeader(what, file.subarray(8, 8 + headerLength(what, file, file.length)), file.length);
  return {
    names: Object.keys(header.entries),
    read(name) {
      const { elements, shape, start, end } = locate(what, header, name, limits);
      return { elements, shape, bytes: file.subarray(start, end) };
    },
  };
}
