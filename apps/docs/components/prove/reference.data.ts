// The reference hashes of the reproducible profile, read from docs/reports/bits.json when the site is built.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What every backend of the table returned. */
interface Reference {
  readonly backends: number;
  readonly cases: number;
  /** Of all bits of all cases. */
  readonly hash: string;
  /** Of the output of one attention: T5 bias, float32 inputs. */
  readonly output: string;
}

interface Report {
  readonly rows: readonly {
    readonly reproducible: string | null;
    readonly bits: { readonly cases: number; readonly hash: string } | null;
  }[];
}

declare const data: Reference;
export { data };

export default {
  load(): Reference {
    const file = path.resolve('../../docs/reports/bits.json');
    const { rows } = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const served = rows.flatMap(({ bits, reproducible }) =>
      bits === null || reproducible === null ? [] : [{ cases: bits.cases, hash: bits.hash, output: reproducible }],
    );
    const [first] = served;
    if (first === undefined || new Set(served.map((one) => JSON.stringify(one))).size !== 1)
      throw new Error(`${file}: the backends do not agree on one hash, so there is no reference. Run: npm run matrix`);
    return { backends: served.length, ...first };
  },
};
