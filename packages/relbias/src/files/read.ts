// Tensors from files, by a reference as users write it: FILE, or FILE:NAME for one array of a .npz or .safetensors file.
import { ParameterError } from '@relbias/bias-spec';
import type { ReadLimits } from './byte-source.ts';
import type { StoredTensor } from './element-types.ts';
import { withFile } from './file-source.ts';
import { readNpy } from './npy.ts';
import { withNpz } from './npz.ts';
import { printable } from './printable.ts';
import { readSafetensor, readSafetensorsHeader } from './safetensors.ts';

/** The file formats, by extension. */
export const FORMATS = ['.npy', '.npz', '.safetensors'] as const;

export type Format = (typeof FORMATS)[number];

/** The format of a path. @throws ParameterError for any other extension. */
export function formatOf(what: string, path: string): Format {
  const format = FORMATS.find((extension) => path.toLowerCase().endsWith(extension));
  if (format !== undefined) return format;
  throw new ParameterError({ what, got: `"${printable(path)}"`, wanted: `a file ending in ${FORMATS.join(', ')}` });
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
  limits: ReadLimits = {},
): Promise<StoredTensor> {
  const where = `${what} ${printable(reference.path, 1000)}`;
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

function chooseName(where: string, reference: TensorReference, names: readonly string[], preferred: readonly string[]): string {
  const candidates = reference.name === undefined ? preferred : [reference.name];
  const name = candidates.find((candidate) => names.includes(candidate));
  if (name !== undefined) return name;
  if (reference.name === undefined && names.length === 1 && preferred.length === 0) return names[0];
  const listed = names.slice(0, 12).map((one) => printable(one));
  const shown = names.length > 12 ? `${listed.join(', ')} and ${names.length - 12} more` : listed.join(', ');
  throw new ParameterError({
    what: where,
    got: reference.name === undefined ? 'no name' : `the name "${printable(reference.name)}"`,
    wanted: `one of the arrays in the file (${shown || 'it holds none'})`,
    hint: 'Write FILE:NAME.',
  });
}
