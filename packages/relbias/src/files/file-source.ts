// A regular file as a source of bytes. Folders, pipes and devices are refused before they are opened: opening a pipe waits for a writer that
// may never come, and reading a device may never end.
import { ParameterError, RelbiasError } from '@relbias/bias-spec';
import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { ByteSource } from './byte-source.ts';
import { allocate } from './byte-source.ts';

/** One call of Node reads at most 2 GiB. */
const MAX_CALL_BYTES = 2 ** 30;

/** Non-blocking: a pipe that replaces the file after the check cannot hold up the program. Windows has neither the flag nor such pipes. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file for `use`, and closes it afterwards.
 *
 * @throws ParameterError for anything but a readable, regular file, and for a file that changes while it is read.
 */
export async function withFile<T>(where: string, path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const failed = (error: unknown): never => {
    throw unreadable(where, path, error);
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
          const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, MAX_CALL_BYTES), start + at).catch(failed);
          if (bytesRead === 0) throw changed(where);
          at += bytesRead;
        }
        return bytes;
      },
    });
    // Looked up by its path, which also finds a file that was replaced.
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
    ...(stats.isDirectory() ? {} : { hint: 'Save its contents to a file first.' }),
  });
}

/** What is there in place of a regular file, in words. */
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
  return new ParameterError({
    what: where,
    got: 'a file that changed while it was read',
    wanted: 'a file that nothing writes to meanwhile',
  });
}

/** A file-system error in the words of this package. */
function unreadable(where: string, path: string, error: unknown): Error {
  if (error instanceof RelbiasError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  const scheme = /^([a-z]{2,}):\/\//i.exec(path)?.[1].toLowerCase();
  if (code === 'ENOENT' && scheme !== undefined) {
    const hint = scheme === 'file' ? 'Write its path without file://.' : 'Download it first.';
    return new ParameterError({ what: where, got: 'an address', wanted: 'a readable file', hint });
  }
  const got = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : `a file that cannot be read (${code})`;
  return new ParameterError({ what: where, got, wanted: 'a readable file' });
}
