// Where readers get their bytes from, and how much memory they may take for them.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';

/** Bytes [start, end) of a file of `size` bytes. */
export interface ByteSource {
  readonly size: number;
  read(start: number, end: number): Promise<Uint8Array>;
}

/** How much memory reading one array may take. */
export interface ReadLimits {
  /** Bytes of one array, as its file declares it; default 2^30. */
  readonly maxBytes?: number;
  /** What each element takes at least once it is read: 8 for an array that becomes float64 numbers. */
  readonly elementBytes?: number;
}

/** 1 GiB: 32 heads of 65,536 tokens of 128 numbers in float32. */
const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * Refuses an array by the size that its file declares, before any of its data is read: a few bytes of a file can declare, and a
 * compressed archive can hold, more than a machine's memory.
 *
 * @throws UnsupportedError above the limit, ParameterError for a limit that is no count of bytes.
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

/** Zeros. @throws UnsupportedError where the engine cannot give that many. */
export function allocate(what: string, bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new UnsupportedError({
      what,
      got: `an array of ${bytes} bytes`,
      wanted: `no more than this engine allocates at once (${(error as Error).message})`,
      hint: 'Node 22 and later hold arrays above 4 GiB; else save a part of the array.',
    });
  }
}
