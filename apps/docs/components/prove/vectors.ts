// The golden vectors of @relbias/conformance, as files of this site, and the spec judged by them.
import type { VectorFile, VectorResult } from '@relbias/conformance';
import { fetchVectors, judgeVector } from '@relbias/conformance';
import { isSelected } from './filter.ts';

/** The name in an address, `?backends=vectors`: a row in addition to the backends, which judges the spec. */
export const VECTORS = 'vectors';

const files = import.meta.glob<string>('../../node_modules/@relbias/conformance/dist/vectors/*.json.gz', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** The vectors that judge backends: whole attention, and the bits of the reproducible profile. */
export function attentionVectors(): Promise<VectorFile[]> {
  return fetchVectors(Object.values(files).filter((url) => /\/(attention|reproducible)\./.test(url)));
}

/**
 * Judges the spec, including its oracle, by every case whose name contains the filter.
 *
 * @throws FormatError for a file that cannot be fetched or read.
 */
export async function judgeSpec(
  filter: string,
  onProgress: (result: VectorResult, done: number, total: number) => void,
): Promise<VectorResult[]> {
  const cases = (await fetchVectors(Object.values(files))).flatMap((one) =>
    one.cases.map((vector) => ({ vector, file: one.file })),
  );
  const chosen = cases.filter(({ vector }) => isSelected(`vectors/${vector.id}`, filter));
  return chosen.map(({ vector, file }, at) => {
    const result = judgeVector(vector, file);
    onProgress(result, at + 1, chosen.length);
    return result;
  });
}
