// A regular file as a source of bytes. What is none (a folder, a pipe, a device) is refused before it is opened: opening a pipe waits
// for a writer that may never come, reading a device may never end.
import { ParameterError, RelbiasError } from '@relbias/bias-spec';
import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { ByteSource } from './byte-source.ts';
import { allocate } from './byte-source.ts';

/** One call of Node reads at most 2 GiB. */
const MOST_AT_ONCE = 2 ** 30;

/** A pipe that takes the file's place after it was looked at does not hold up the program; no such flag on Windows, and no such pipe. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Lends the file while `use` reads from it.
 *
 * @throws ParameterError for what is no readable, regular file, and for a file that changes while it is read.
 */
export async function withFile<T>(where: string, path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const failed = (error: unknown): never => {
    throw unreadable(where, error);
  };
  requireRegular(where, await stat(path).catch(failed));
  const file = await open(path, FLAGS).catch(failed);
  try {
    const before = await file.stat();
    requireRegular(where, before);
    const result = await use({
      size: before.size,
      async read(start, end) {
        const bytes = allocate(where, end - start);
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, MOST_AT_ONCE), start + at).catch(failed);
          if (bytesRead === 0) throw changed(where);
          at += bytesRead;
        }
        return bytes;
      },
    });
    // By its path: a file that was replaced would be another one to the next reader.
    const after = await stat(path).catch(() => undefined);
    if (after === undefined || !same(before, after)) throw changed(where);
    return result;
  } finally {
    await file.close();
  }
}

function requireRegular(where: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new ParameterError({
    what: where,
    got: kindOf(stats),
    wanted: 'a readable file',
    ...(stats.isDirectory() ? {} : { hint: 'Save what it gives to a file first.' }),
  });
}

/** What stands in the place of a regular file, in words. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isBlockDevice() ? 'a block device' : 'a device';
}

function same(before: Stats, after: Stats): boolean {
  return (['dev', 'ino', 'size', 'mtimeMs'] as const).every((field) => before[field] === after[field]);
}

function changed(where: string): ParameterError {
  return new ParameterError({ what: where, got: 'a file that changed while it was read', wanted: 'one that nobody writes to' });
}

/** A file-system error in our own words: its code says why. */
function unreadable(where: string, error: unknown): Error {
  if (error instanceof RelbiasError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  const got = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : `a file that cannot be read (${code})`;
  return new ParameterError({ what: where, got, wanted: 'a readable file' });
}
