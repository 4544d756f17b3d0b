// Memory that may not be there: engines say so with a RangeError that names neither what for nor the way out.
import { UnsupportedError } from './errors.ts';

/**
 * What `allocate` gives.
 *
 * @param what - who needs it: `problem`, `cpu`.
 * @param need - what for: `the tables of a bias of 8 heads`.
 * @throws UnsupportedError where the engine has no room for it.
 */
export function withRoom<T>(what: string, need: string, hint: string, allocate: () => T): T {
  try {
    return allocate();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const refused = new UnsupportedError({
      what,
      got: `no room for ${need} (${error.message})`,
      wanted: 'that much memory, and addresses to spare',
      hint,
    });
    // Whoever made the array may have a mistake: where it was made must not be lost.
    refused.cause = error;
    throw refused;
  }
}
