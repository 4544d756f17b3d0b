// Memory that a call needs and that may not be there, refused by name.
import { withRoom as withRoomFor } from '@relbias/bias-spec/backend';

/** What `allocate` gives. @throws UnsupportedError where the engine has no room for `need`. */
export function withRoom<T>(need: string, hint: string, allocate: () => T): T {
  return withRoomFor('cpu', need, hint, allocate);
}

/** So many float32 numbers, 0. @throws UnsupportedError where there is no room. */
export function numbers(count: number, of: string): Float32Array {
  return withRoom(`${mebibytes(4 * count)} of ${of}`, SPLIT, () => new Float32Array(count));
}

/** The way out of problems whose tensors are too large. */
export const SPLIT = 'Split the batch, the heads or the queries over several problems.';

/** For messages. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
