// The .npz format of NumPy: a zip of .npy files. Reads one array at a time.
import { ParameterError } from '@relbias/bias-spec';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { openPromise } from 'yauzl';
import { ZipFile as ZipWriter } from 'yazl';
import type { StoredTensor } from './element-types.ts';
import { decodeNpy, encodeNpy } from './npy.ts';
import { unreadable } from './unreadable.ts';

/** What an archive holds. */
export interface Npz {
  /** The names of the arrays, in the order of the file. */
  readonly names: readonly string[];
  /** Reads one of them. */
  read(name: string): Promise<StoredTensor>;
}

/**
 * Opens an archive while `use` reads from it.
 *
 * @throws ParameterError for a file that cannot be read or is no intact archive.
 */
export async function withNpz<T>(what: string, path: string, use: (archive: Npz) => Promise<T>): Promise<T> {
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw isFileSystemError(error) ? unreadable(what, error) : broken(what, error);
  });
  try {
    const entries = await listEntries(what, zip);
    return await use({
      names: [...entries.keys()],
      async read(name) {
        const entry = entries.get(name);
        if (entry === undefined)
          throw new ParameterError({ what, got: `no array ${name}`, wanted: [...entries.keys()].join(', ') });
        return decodeNpy(`${what}:${name}`, await readEntry(what, zip, entry));
      },
    });
  } finally {
    zip.close();
  }
}

async function listEntries(what: string, zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('.npy')) entries.set(entry.fileName.slice(0, -'.npy'.length), entry);
    }
    return entries;
  } catch (error) {
    throw broken(what, error);
  }
}

async function readEntry(what: string, zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  try {
    const bytes = await buffer(await zip.openReadStreamPromise(entry));
    // yauzl checks sizes and leaves the checksum to its users.
    if (crc32(bytes) === entry.crc32) return bytes;
  } catch (error) {
    throw broken(what, error);
  }
  throw broken(what, new Error(`the checksum of ${entry.fileName} is wrong`));
}

/** An uncompressed archive, as `numpy.savez` writes it. The date is NumPy's too, so that equal arrays give equal files. */
export async function encodeNpz(what: string, tensors: Readonly<Record<string, StoredTensor>>): Promise<Uint8Array> {
  const zip = new ZipWriter();
  const options = { compress: false, mtime: new Date(1980, 0, 1), forceDosTimestamp: true };
  for (const [name, tensor] of Object.entries(tensors)) {
    zip.addBuffer(Buffer.from(encodeNpy(what, tensor).buffer), `${name}.npy`, options);
  }
  zip.end();
  return buffer(zip.outputStream);
}

function isFileSystemError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}

function broken(what: string, error: unknown): ParameterError {
  return new ParameterError({ what, got: `a broken zip archive (${(error as Error).message})`, wanted: 'a NumPy .npz file' });
}
