// Which vectors and cases `relbias conform` runs: everything, or what was named.
import type { Case, VectorFile } from '@relbias/conformance';
import { allCases, bitsCases, findCase, vectorCases } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { UsageError } from '../usage-error.ts';

/** `--case`, `--vectors` and `--max-bytes`. */
export interface Choice {
  readonly case?: readonly string[] | undefined;
  readonly vectors?: string | undefined;
  readonly 'max-bytes'?: number | undefined;
}

export interface Chosen {
  /** What judges the spec. */
  readonly files: readonly VectorFile[];
  /** What judges a backend. */
  readonly cases: readonly Case[];
}

const VECTOR_FOLDER = 'a folder of vectors in the documented format';

/** The same choice makes the same cases, in every process. A named vector is a case of the spec and, for attention, of backends too. */
export async function choose({ case: names, vectors, 'max-bytes': maxBytes }: Choice): Promise<Chosen> {
  const asksVectors = names === undefined || names.some((name) => name.startsWith('vectors/'));
  const files = asksVectors ? await readFolder(vectors, maxBytes) : [];
  if (names === undefined) return { files, cases: [...allCases(), ...bitsCases(), ...vectorCases(files)] };
  const wanted = new Set(names.filter((name) => name.startsWith('vectors/')).map((name) => name.slice('vectors/'.length)));
  const picked = files
    .map((file) => ({ ...file, cases: file.cases.filter(({ id }) => wanted.delete(id) || names.includes(`vectors/${id}`)) }))
    .filter(({ cases }) => cases.length > 0);
  const [unknown] = wanted;
  if (unknown !== undefined)
    throw new UsageError('--case', JSON.stringify(`vectors/${unknown}`), 'the id of a case in these vectors after vectors/');
  const others = names.filter((name) => !name.startsWith('vectors/')).map((name) => findCase(name));
  return { files: picked, cases: [...others, ...vectorCases(picked)] };
}

/** A folder that holds no vectors, or none that this judge reads, is the user's mistake: nothing would be judged, and all look well. */
async function readFolder(directory: string | undefined, maxBytes: number | undefined): Promise<readonly VectorFile[]> {
  const files = await readVectors(directory, { maxBytes }).catch((error: unknown) => {
    if (directory === undefined || !(error instanceof Error)) throw error;
    throw new UsageError('--vectors', error.message, VECTOR_FOLDER);
  });
  if (files.some(({ cases }) => cases.length > 0)) return files;
  throw new UsageError('--vectors', `${files.length} files without a case to judge`, VECTOR_FOLDER);
}
