// Tensors from files, by a reference as users write it: FILE, or FILE:NAME for one array of a .npz or .safetensors file.
import { ParameterError, show } from '@relbias/bias-spec';
import { open } from 'node:fs/promises';
import type { StoredTensor } from './element-types.ts';
import { decodeNpy } from './npy.ts';
import { withNpz } from './npz.ts';
import type { ByteSource } from './safetensors.ts';
import { readSafetensor, readSafetensorsHeader } from './safetensors.ts';
import { unreadable } from './unreadable.ts';

/** The file formats, by extension. */
export const FORMATS = ['.npy', '.npz', '.safetensors'] as const;

export type Format = (typeof FORMATS)[number];

/** The format of a path. @throws ParameterError for any other extension. */
export function formatOf(what: string, path: string): Format {
  const format = FORMATS.find((extension) => path.toLowerCase().endsWith(extension));
  if (format !== undefined) return format;
  throw new ParameterError({ what, got: show(path), wanted: `a file ending in ${FORMATS.join(', ')}` });
}

export interface TensorReference {
  readonly path: string;
  readonly format: Format;
  /** Which array of the file; absent where the user named none. */
  readonly name?: string;
}

/** Takes FILE or FILE:NAME apart. The colon of a Windows drive is no separator: a name follows a known extension only. */
export function parseReference(what: string, text: string): TensorReference {
  const match = /^(.*\.(?:npz|safetensors)):(.+)$/is.exec(text);
  if (match === null) return { path: text, format: formatOf(what, text) };
  return { path: match[1], format: formatOf(what, match[1]), name: match[2] };
}

/**
 * Reads one tensor.
 *
 * @param preferred - names to look for in a file of several arrays when the reference names none; a file of one array needs no name.
 * @throws ParameterError, ShapeError, UnsupportedError - naming the file, what it holds and what was wanted.
 */
export async function readTensor(
  what: string,
  reference: TensorReference,
  preferred: readonly string[] = [],
): Promise<StoredTensor> {
  const where = `${what} ${reference.path}`;
  if (reference.format === '.npy') {
    return withSource(where, reference.path, async ({ size, read }) => decodeNpy(where, await read(0, size)));
  }
  if (reference.format === '.npz') {
    return withNpz(where, reference.path, async ({ names, read }) => read(chooseName(where, reference, names, preferred)));
  }
  return withSource(where, reference.path, async (source) => {
    const header = await readSafetensorsHeader(where, source);
    const name = chooseName(where, reference, Object.keys(header.entries), preferred);
    return readSafetensor(where, source, header, name);
  });
}

function chooseName(where: string, reference: TensorReference, names: readonly string[], preferred: readonly string[]): string {
  const candidates = reference.name === undefined ? preferred : [reference.name];
  const name = candidates.find((candidate) => names.includes(candidate));
  if (name !== undefined) return name;
  if (reference.name === undefined && names.length === 1 && preferred.length === 0) return names[0];
  const shown = names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  throw new ParameterError({
    what: where,
    got: reference.name === undefined ? 'no name' : `the name ${show(reference.name)}`,
    wanted: `one of the arrays in the file (${shown || 'it holds none'})`,
    hint: 'Write FILE:NAME.',
  });
}

async function withSource<T>(where: string, path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(where, error);
  });
  const failed = (error: unknown): never => {
    throw unreadable(where, error);
  };
  try {
    const { size } = await file.stat();
    return await use({
      size,
      // Piece by piece, because one call of Node reads at most 2 GiB.
      async read(start, end) {
        const bytes = new Uint8Array(end - start);
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, 2 ** 30), start + at).catch(failed);
          if (bytesRead === 0)
            throw new ParameterError({ what: where, got: 'a file that shrank while it was read', wanted: 'a whole one' });
          at += bytesRead;
        }
        return bytes;
      },
    });
  } finally {
    await file.close();
  }
}
