// One hash for all bits of a report, for comparison between machines.
import { hashWords, hexWord } from '@relbias/bias-spec/reproducible';
import type { CaseResult } from '../result.ts';

/** The results of the cases that compare bits. */
export interface BitsSummary {
  /** Cases with bits, and those among them with the right bits. */
  readonly cases: number;
  readonly pass: number;
  /** FNV-1a over the hashes of these cases, in the order of their names: equal when the same cases gave the same bits. */
  readonly hash: string;
}

/** The summary of results; null where no bits were compared. */
export function summarise(results: readonly CaseResult[]): BitsSummary | null {
  const compared = results.filter(({ bits }) => bits !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (compared.length === 0) return null;
  const words = Uint32Array.from(compared, ({ bits }) => Number.parseInt(bits ?? '', 16));
  return {
    cases: compared.length,
    pass: compared.filter(({ status }) => status === 'pass').length,
    hash: hexWord(hashWords(words)),
  };
}
