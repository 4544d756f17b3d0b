// The part of @relbias/conformance that needs a file system: reading folders of vectors.
import { promises as files } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VectorLimits } from './vectors/bytes.ts';
import { Budget, readVectorBytes } from './vectors/bytes.ts';
import type { VectorFile } from './vectors/format.ts';
import { FormatError } from './vectors/format.ts';

/** The vectors that come with this package, packed by its build. */
const SHIPPED_VECTORS: string = fileURLToPath(new URL('../dist/vectors/', import.meta.url));

/**
 * Reads every file of vectors (`.json`, `.json.gz`) in a folder, in the order of their names. Default: the folder of this package.
 *
 * @throws FormatError naming the folder or file, if it is missing, not a regular file, not JSON, of another format, truncated, or larger than
 * `limits` allows, or if the folder holds no vectors.
 * @example
 * const results = judgeVectors(await readVectors());
 * results.every(({ status }) => status !== 'fail'); // true
 */
export async function readVectors(directory: string = SHIPPED_VECTORS, limits: VectorLimits = {}): Promise<VectorFile[]> {
  const names = await list(directory);
  const vectors = names.filter((name) => /\.json(\.gz)?$/.test(name)).toSorted();
  if (vectors.length === 0) {
    throw new FormatError(`${directory}: got no file of vectors among ${names.length} entries, wanted .json or .json.gz`);
  }
  const budget = new Budget(limits);
  const read: VectorFile[] = [];
  // One at a time: only one is unpacked at any time.
  for (const name of vectors) {
    const file = path.join(directory, name);
    read.push(await readVectorBytes(await readBytes(file, limits), file, budget));
  }
  return read;
}

/** The bytes of a regular file. Reading a pipe would wait for a writer, and a device may never end. */
async function readBytes(file: string, limits: VectorLimits): Promise<Uint8Array> {
  try {
    const there = await files.stat(file);
    if (!there.isFile()) {
      throw new FormatError(`${file}: got ${there.isDirectory() ? 'a folder' : 'a pipe or a device'}, wanted a file of vectors`);
    }
    new Budget(limits).take(there.size, file);
    return new Uint8Array(await files.readFile(file));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

async function list(directory: string): Promise<string[]> {
  try {
    return await files.readdir(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    const found = code === 'ENOENT' ? 'nothing there' : 'a file';
    throw new FormatError(`${directory}: got ${found}, wanted a folder of vectors`, { cause: error });
  }
}
