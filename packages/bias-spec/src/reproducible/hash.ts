// A 32-bit hash of results, to compare the bits of two machines.

/** The offset basis of FNV-1a. */
export const HASH_START = 0x811c9dc5;

/**
 * FNV-1a with one step per 32-bit word, not per byte. Float32 arrays are hashed by their bits.
 *
 * @param start - the hash of what came before, to continue it.
 * @returns an unsigned 32-bit integer.
 * @example
 * hashWords(Int32Array.of(1, 2)).toString(16);
 */
export function hashWords(data: Float32Array | Int32Array | Uint32Array, start: number = HASH_START): number {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length);
  let hash = start | 0;
  for (let index = 0; index < words.length; index++) hash = Math.imul(hash ^ words[index], 16777619);
  return hash >>> 0;
}

/** A hash as eight hexadecimal digits. */
export function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
