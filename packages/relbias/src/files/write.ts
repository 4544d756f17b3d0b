// Writes results to files: tensors in the format of the path's extension, and texts. A file is written whole or not at all. A symbolic link
// stays a link; a pipe or a device is written to and never replaced.
import { ParameterError } from '@relbias/bias-spec';
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { constants, fstatSync, rmSync, write } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { access, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StoredTensor } from './element-types.ts';
import { kindOf } from './file-source.ts';
import { encodeNpy } from './npy.ts';
import { encodeNpz } from './npz.ts';
import { formatOf } from './read.ts';
import { encodeSafetensors } from './safetensors.ts';

/** How long to wait for a reader of a pipe: a shell starts both sides at about the same time. */
const READER_MS = 2000;

/** Between two attempts to write to a full pipe. */
const PAUSE_MS = 10;

/** Linux follows as many. */
const MAX_LINKS = 40;

/** Writes named tensors. A .npy file holds exactly one, without its name. */
export async function writeTensors(what: string, target: string, tensors: Readonly<Record<string, StoredTensor>>): Promise<void> {
  await writeWhole(what, target, await encode(what, target, tensors));
}

async function encode(what: string, target: string, tensors: Readonly<Record<string, StoredTensor>>): Promise<Uint8Array> {
  const format = formatOf(what, target);
  if (format === '.safetensors') return encodeSafetensors(tensors);
  if (format === '.npz') return encodeNpz(what, tensors);
  const names = Object.keys(tensors);
  if (names.length === 1) return encodeNpy(what, tensors[names[0]]);
  throw new ParameterError({
    what,
    got: `${names.join(' and ')} for ${target}`,
    wanted: 'one array in a .npy file',
    hint: 'A .npz file holds several.',
  });
}

/**
 * Writes a file whole or not at all.
 *
 * @throws ParameterError where it cannot be written. What was there before is then unchanged, and no temporary file is left.
 */
export async function writeWhole(what: string, target: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  try {
    const there = await stat(target).catch(ifAbsent);
    const stream = there === undefined ? undefined : standardStream(there);
    if (stream !== undefined) return await writeAll(stream, bytes);
    if (there === undefined || there.isFile()) return await replaceFile(await resolveLinks(target), there, bytes);
    await writeInto(target, there, bytes);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ParameterError({
      what,
      got: `${target}, which cannot be written (${code === 'ENXIO' ? 'nothing reads from it' : (code ?? message)})`,
      wanted: 'a path in an existing, writable folder',
    });
  }
}

/** For `--json /dev/stdout > out`: the file is already open, and replacing it would lose what the program prints. */
function standardStream(there: Stats): Sink | undefined {
  const same = (descriptor: number): boolean => {
    try {
      const { dev, ino } = fstatSync(descriptor);
      return dev === there.dev && ino === there.ino;
    } catch {
      // The stream is closed.
      return false;
    }
  };
  const descriptor = there.isFile() ? [1, 2].find(same) : undefined;
  return descriptor === undefined
    ? undefined
    : { write: (bytes, offset, length) => writeTo(descriptor, bytes, offset, length, null) };
}

const writeTo = promisify(write);

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/**
 * The file that a path leads to, through all symbolic links, whether or not it exists yet.
 *
 * @throws the file system's error where a folder on the way is missing, or where links run in a circle.
 */
export async function resolveLinks(target: string): Promise<string> {
  let at = path.resolve(target);
  for (let links = 0; links < MAX_LINKS; links++) {
    at = path.join(await realpath(path.dirname(at)), path.basename(at));
    const next = await readlink(at).catch((error: NodeJS.ErrnoException) => {
      // Not a link: another kind of file, or none yet.
      if (error.code === 'EINVAL' || error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (next === undefined) return at;
    at = path.resolve(path.dirname(at), next);
  }
  throw new Error(`more than ${MAX_LINKS} links`);
}

/**
 * Writes a temporary file in the same folder, then renames it: a full disk or a signal never leaves half a file. The name is random and the file is created
 * exclusively, which keeps others from placing a link there.
 */
async function replaceFile(file: string, before: Stats | undefined, bytes: Uint8Array): Promise<void> {
  if (before !== undefined) await access(file, constants.W_OK);
  const partial = path.join(path.dirname(file), `.relbias-${randomBytes(12).toString('hex')}.partial`);
  const handle = await open(partial, 'wx');
  // A signal may end the process during the write.
  const clear = (): void => rmSync(partial, { force: true });
  process.once('exit', clear);
  try {
    try {
      if (before !== undefined) await keepPermissions(handle, before);
      await writeAll(handle, bytes);
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    process.off('exit', clear);
  }
}

async function keepPermissions(handle: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const made = await handle.stat();
  // Only root may change the owner. For anyone else the file gets a new owner, as with an editor that saves this way.
  if (made.uid !== uid || made.gid !== gid) await handle.chown(uid, gid).catch(() => {});
  await handle.chmod(mode & 0o7777);
}

/** Writes to a pipe or a device. Opening it does not wait, create or truncate. */
async function writeInto(target: string, there: Stats, bytes: Uint8Array): Promise<void> {
  if (!there.isFIFO() && !there.isCharacterDevice()) throw new Error(`it is ${kindOf(there)}`);
  const flags = constants.O_WRONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
  const handle = await openWithReader(target, flags);
  try {
    const opened = await handle.stat();
    if (opened.isFile()) throw new Error('it was replaced by a file');
    await writeAll(handle, bytes);
  } finally {
    await handle.close();
  }
}

/** Opening a pipe for writing fails until it has a reader. */
async function openWithReader(target: string, flags: number): Promise<FileHandle> {
  const until = performance.now() + READER_MS;
  for (;;) {
    try {
      return await open(target, flags);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO' || performance.now() > until) throw error;
      await wait(PAUSE_MS);
    }
  }
}

/** Where bytes are written to: a file handle, or one of the program's own streams. */
interface Sink {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
}

/** Writes all bytes. One call writes at most 2 GiB, or what a pipe has room for, which may be nothing at the moment. */
async function writeAll(sink: Sink, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    try {
      at += (await sink.write(bytes, at, Math.min(bytes.length - at, 2 ** 30))).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await wait(PAUSE_MS);
    }
  }
}
