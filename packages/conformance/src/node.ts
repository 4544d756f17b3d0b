// What of @relbias/conformance needs a file system: reading folders of vectors.
import { promises as files } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readVectorBytes } from './vectors/bytes.ts';
import type { VectorFile } from './vectors/format.ts';
import { FormatError } from './vectors/format.ts';

/** The vectors that come with this package, packed by its build. */
const SHIPPED_VECTORS: string = fileURLToPath(new URL('../dist/vectors/', import.meta.url));

/**
 * Reads every file of vectors (`.json`, `.json.gz`) in a folder, by name; default: the set that comes with this package.
 *
 * @throws FormatError naming the folder or file: none there, no vectors in it, not JSON, another format, cut short.
 * @example
 * const results = judgeVectors(await readVectors());
 * results.every(({ status }) => status !== 'fail'); // true
 */
export async function readVectors(directory: string = SHIPPED_VECTORS): Promise<VectorFile[]> {
  const names = await list(directory);
  const vectors = names.filter((name) => /\.json(\.gz)?$/.test(name)).toSorted();
  if (vectors.length === 0) {
    throw new FormatError(`${directory}: got no file of vectors among ${names.length} entries, wanted .json or .json.gz`);
  }
  return Promise.all(
    vectors.map(async (name) => {
      const file = path.join(directory, name);
      return readVectorBytes(new Uint8Array(await files.readFile(file)), file);
    }),
  );
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
