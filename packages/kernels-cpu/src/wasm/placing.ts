// Gives out addresses in a memory, one after the other. What lies there is for layouts to say.

/** A line of the cache: what is read 32 bytes at a time then crosses none. */
const ALIGN = 64;
/** Keys and values are copied in and rearranged by the piece: they then pass the second-level cache once. */
export const STAGED_BYTES: number = 2 ** 16;

export interface Placing {
  /** The address of so many bytes. */
  take(bytes: number): number;
  /** Behind all that was taken. */
  end(): number;
}

/** Addresses from `start` on. */
export function placingFrom(start: number): Placing {
  let end = start;
  return {
    take(bytes) {
      const address = aligned(end);
      end = address + bytes;
      return address;
    },
    end: () => end,
  };
}

/** The next address, or size, that is a multiple of a line. */
export function aligned(address: number): number {
  return Math.ceil(address / ALIGN) * ALIGN;
}
