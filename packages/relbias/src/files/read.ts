// Tensors from files, by a reference as users write it: FILE, or FILE:NAME for one array of a file of several.
import { ParameterError } from '@relbias/bias-spec';
import { didYouMean } from '../did-you-mean.ts';
import type { ReadLimits } from './byte-source.ts';
import type { StoredTensor } from './element-types.ts';
import { withFile } from './file-source.ts';
import { readNpy } from './npy.ts';
import { withNpz } from './npz.ts';
import { formatByExtension } from './other-formats.ts';
import { listed, printable } from './printable.ts';
import { readSafetensor, readSafetensorsHeader } from './safetensors.ts';
import { INDEX_EXTENSION, readShardIndex } from './shards.ts';

/** The file formats that are read and written, by extension. */
export const FORMATS = ['.npy', '.npz', '.safetensors'] as const;

export type Format = (typeof FORMATS)[number];

/** The format of a path. @throws ParameterError for any other extension. */
export function formatOf(what: string, path: string): Format {
  const format = knownFormat(path);
  if (format !== undefined) return format;
  throw new ParameterError({ what, got: `"${printable(path)}"`, wanted: `a file ending in ${FORMATS.join(', ')}` });
}

function knownFormat(path: string): Format | undefined {
  return FORMATS.find((extension) => path.toLowerCase().endsWith(extension));
}

/** An array of a file. */
export interface TensorReference {
  readonly path: string;
  /** The index of a sharded model is read like a file that holds all its tensors. */
  readonly format: Format | typeof INDEX_EXTENSION;
  /** Which array of the file; absent where the user named none. */
  readonly name?: string;
}

/**
 * Splits FILE:NAME. A name follows a known extension only: the colon of a Windows drive separates nothing.
 *
 * @throws ParameterError for a file of another format, naming it.
 */
export function parseReference(what: string, text: string): TensorReference {
  const index = /^(.*\.safetensors\.index\.json)(?::(.+))?$/is.exec(text);
  if (index !== null) return { path: index[1], format: INDEX_EXTENSION, ...(index[2] !== undefined && { name: index[2] }) };
  const named = /^(.*\.(?:npz|safetensors)):(.+)$/is.exec(text);
  if (named !== null) return { path: named[1], format: formatOf(what, named[1]), name: named[2] };
  const format = knownFormat(text);
  if (format !== undefined) return { path: text, format };
  if (/\.npy:/i.test(text)) {
    const hint = 'A .npy file holds one array, which has no name: leave out the colon and what follows.';
    throw new ParameterError({
      what,
      got: `"${printable(text)}"`,
      wanted: 'FILE.npy, FILE.npz:NAME or FILE.safetensors:NAME',
      hint,
    });
  }
  // model.bin:NAME is a model.bin as well.
  const other = formatByExtension(text) ?? formatByExtension(text.replace(/:[^:]*$/, ''));
  throw new ParameterError({
    what,
    got: other === undefined ? `"${printable(text)}"` : `"${printable(text)}", ${other.name} by its name`,
    wanted: `a file ending in ${FORMATS.join(', ')}`,
    hint: other?.hint,
  });
}

/**
 * Reads one tensor.
 *
 * @param preferred - names to look for in a file of several arrays when the reference names none. A file of one array needs no name.
 * @throws ParameterError, ShapeError, UnsupportedError naming the file, what it holds and what was wanted.
 */
export async function readTensor(
  what: string,
  reference: TensorReference,
  preferred: readonly string[] = [],
  limits: ReadLimits = {},
): Promise<StoredTensor> {
  const where = `${what} ${printable(reference.path, 1000)}`;
  if (reference.format === INDEX_EXTENSION) {
    const shards = await readShardIndex(where, reference.path);
    const name = chooseName(where, reference, [...shards.keys()], preferred);
    const path = shards.get(name);
    if (path !== undefined) return readTensor(`${where}, shard`, { path, format: '.safetensors', name }, [], limits);
  }
  return withFile(where, reference.path, async (source) => {
    if (reference.format === '.npy') return readNpy(where, source, limits);
    if (reference.format === '.npz') {
      return withNpz(where, source, async ({ names, read }) => read(chooseName(where, reference, names, preferred), limits));
    }
    const header = await readSafetensorsHeader(where, source);
    const name = chooseName(where, reference, Object.keys(header.entries), preferred);
    return readSafetensor(where, source, header, name, limits);
  });
}

/** The files that a reference reads: the index and the shard of a sharded model. Without the shard where it cannot be found. */
export async function filesOf({ path, format, name }: TensorReference): Promise<string[]> {
  if (format !== INDEX_EXTENSION) return [path];
  const shards = await readShardIndex(path, path).catch(() => new Map<string, string>());
  return [path, ...(name === undefined ? shards.values() : [shards.get(name)].filter((shard) => shard !== undefined))];
}

function chooseName(
  where: string,
  { name: given, path }: TensorReference,
  names: readonly string[],
  preferred: readonly string[],
): string {
  const candidates = given === undefined ? preferred : [given];
  const name = candidates.find((candidate) => names.includes(candidate));
  if (name !== undefined) return name;
  if (given === undefined && names.length === 1 && preferred.length === 0) return names[0];
  const [wantedName] = preferred;
  const noName = wantedName === undefined ? 'no name' : `no array called ${preferred.join(' or ')}`;
  const example = wantedName === undefined ? 'FILE:NAME' : `--${wantedName} ${printable(path)}:NAME`;
  throw new ParameterError({
    what: where,
    got: given === undefined ? noName : `the name "${printable(given)}"`,
    wanted: `one of the arrays in the file (${listed(names)})`,
    hint: given === undefined ? `Write ${example}.` : didYouMean(given, names),
  });
}
