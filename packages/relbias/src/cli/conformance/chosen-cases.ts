// The vectors and cases that `relbias conform` runs: all, or the named ones.
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
  /** The vectors that judge the spec. */
  readonly files: readonly VectorFile[];
  /** The cases that judge a backend. */
  readonly cases: readonly Case[];
}

const VECTOR_FOLDER = 'a folder of vectors in the documented format';

/** The same choice gives the same cases in every process. A named vector judges the spec and, if it is one of attention, backends too. */
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
    throw new UsageError('--case', JSON.stringify(`vectors/${unknown}`), 'vectors/ and the id of a case in these vectors');
  const others = names.filter((name) => !name.startsWith('vectors/')).map((name) => findCase(name));
  return { files: picked, cases: [...others, ...vectorCases(picked)] };
}

/** Refuses a folder without vectors that can be read: nothing would be judged, and the report would look like a pass. */
async function readFolder(directory: string | undefined, maxBytes: number | undefined): Promise<readonly VectorFile[]> {
  const files = await readVectors(directory, { maxBytes }).catch((error: unknown) => {
    if (directory === undefined || !(error instanceof Error)) throw error;
    throw new UsageError('--vectors', error.message, VECTOR_FOLDER);
  });
  if (files.some(({ cases }) => cases.length > 0)) return files;
  throw new UsageError('--vectors', `${files.length} files without a case`, VECTOR_FOLDER);
}
