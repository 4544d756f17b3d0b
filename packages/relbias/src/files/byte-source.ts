// Sources of bytes for the readers, and the limit on the memory of one array.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';

/** A file of `size` bytes. */
export interface ByteSource {
  readonly size: number;
  /** Bytes [start, end) of the file. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** How much memory reading one array may take. */
export interface ReadLimits {
  /** Bytes of one array, as its file declares it. Default 2^30. */
  readonly maxBytes?: number;
  /** The least memory that each element takes once it is read: 8 for an array that becomes float64 numbers. */
  readonly elementBytes?: number;
}

/** 1 GiB: 32 heads of 65,536 tokens of 128 numbers in float32. */
const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * Refuses an array by the size that its file declares, before any data is read. A few bytes of a file can declare more than a machine's
 * memory, and a compressed archive can hold it.
 *
 * @throws UnsupportedError above the limit, ParameterError for a limit that is not a number of bytes.
 */
export function requireWithinLimit(what: string, elements: number, bytesPerElement: number, limits: ReadLimits): void {
  const { maxBytes = DEFAULT_MAX_BYTES, elementBytes = 0 } = limits;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
    throw new ParameterError({ what: 'maxBytes', got: show(maxBytes), wanted: 'an integer of at least 0' });
  }
  const bytes = elements * Math.max(bytesPerElement, elementBytes);
  if (bytes <= maxBytes) return;
  throw new UnsupportedError({
    what,
    got: `an array that takes ${bytes} bytes of memory`,
    wanted: `at most ${maxBytes}`,
    hint: `Raise the limit: --max-bytes ${bytes} of the program, maxBytes of the function.`,
  });
}

/** Allocates bytes, all 0. @throws UnsupportedError where the engine cannot allocate that many. */
export function allocate(what: string, bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new UnsupportedError({
      what,
      got: `an array of ${bytes} bytes`,
      wanted: `no more than this engine allocates at once (${(error as Error).message})`,
      hint: 'Node 22 and later hold arrays above 4 GiB; on older versions save a part of the array.',
    });
  }
}

/**
 * The bytes of a file as a Uint8Array, for functions that take its name first and its bytes second.
 *
 * @throws ParameterError where the name is missing or the bytes are not bytes.
 */
export function requireBytes(caller: string, what: unknown, file: unknown): Uint8Array {
  if (typeof what !== 'string') {
    throw new ParameterError({
      what: `${caller}, first argument`,
      got: show(what),
      wanted: 'the name of the file, for errors',
      hint: `Write: ${caller}('NAME', bytes).`,
    });
  }
  return asBytes(`${caller}, ${what}`, file);
}

/** Takes a Uint8Array, or an ArrayBuffer as `file.arrayBuffer()` returns it. */
export function asBytes(what: string, file: unknown): Uint8Array {
  if (file instanceof Uint8Array) return file;
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  throw new ParameterError({
    what,
    got: show(file),
    wanted: 'a Uint8Array or an ArrayBuffer',
    hint: 'Of a File or a Response: await it.arrayBuffer().',
  });
}
