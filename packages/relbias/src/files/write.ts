// Tensors to files, in the format that the path's extension names. A file appears whole or not at all.
import type { Tensor } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { StoredTensor } from './element-types.ts';
import { encodeNpy } from './npy.ts';
import { encodeNpz } from './npz.ts';
import { formatOf } from './read.ts';
import { encodeSafetensors } from './safetensors.ts';

/** A tensor as a file holds it. */
export function toStored({ data, shape, dtype }: Tensor): StoredTensor {
  return { elements: dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** Writes named tensors; a .npy file holds exactly one and loses its name. */
export async function writeTensors(what: string, path: string, tensors: Readonly<Record<string, StoredTensor>>): Promise<void> {
  await writeWhole(what, path, await encode(what, path, tensors));
}

async function encode(what: string, path: string, tensors: Readonly<Record<string, StoredTensor>>): Promise<Uint8Array> {
  const format = formatOf(what, path);
  if (format === '.safetensors') return encodeSafetensors(tensors);
  if (format === '.npz') return encodeNpz(what, tensors);
  const names = Object.keys(tensors);
  if (names.length === 1) return encodeNpy(what, tensors[names[0]]);
  throw new ParameterError({
    what,
    got: `${names.join(' and ')} for ${path}`,
    wanted: 'one array in a .npy file',
    hint: 'A .npz file holds several.',
  });
}

/** Writes beside the target first, so that a full disk or a signal never leaves half a file in its place. */
export async function writeWhole(what: string, path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new ParameterError({
      what,
      got: `${path}, which cannot be written (${reason})`,
      wanted: 'a path in an existing, writable folder',
    });
  }
}
