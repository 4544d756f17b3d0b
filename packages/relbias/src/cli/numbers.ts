// Lists of numbers from the command line: typed with commas, or a tensor file.
import type { ReadLimits } from '../files/byte-source.ts';
import { requireCounts, requireLearned, toNumbers } from '../files/element-types.ts';
import type { StoredTensor } from '../files/element-types.ts';
import { formatByExtension } from '../files/other-formats.ts';
import { FORMATS, parseReference, readTensor } from '../files/read.ts';
import { INDEX_EXTENSION } from '../files/shards.ts';
import { parseNumber } from './arguments.ts';
import type { GivenArray } from './given-array.ts';
import { UsageError } from './usage-error.ts';

/** What an option of numbers accepts, for help and messages. */
export const NUMBERS = '1,2,3|FILE[:NAME]';

const TENSOR_FILE = new RegExp(
  `(${[...FORMATS, INDEX_EXTENSION].map((one) => one.replaceAll('.', String.raw`\.`)).join('|')})(:.+)?$`,
  'is',
);

/** Whether a text names a tensor file rather than numbers. */
export function namesTensorFile(text: string): boolean {
  return TENSOR_FILE.test(text);
}

/** What the numbers are, which decides the element types that are accepted. Labels are segments and masks, which may be booleans. */
export type Purpose = 'learned' | 'counts' | 'labels';

const REQUIRE: Readonly<Record<Purpose, (what: string, stored: StoredTensor) => void>> = {
  learned: requireLearned,
  counts: requireCounts,
  labels: () => {},
};

/** An array of a tensor file, as numbers. */
export async function readArray(name: string, text: string, limits: ReadLimits, purpose: Purpose): Promise<GivenArray> {
  const stored = await readTensor(name, parseReference(name, text), [], {
    ...limits,
    elementBytes: Float64Array.BYTES_PER_ELEMENT,
  });
  REQUIRE[purpose](`${name} ${text}`, stored);
  return { data: toNumbers(name, stored), shape: stored.shape, from: text };
}

/** Reads `0.5,0.25` or FILE[:NAME]. Typed numbers have no shape: they are read in the documented order. */
export async function readNumbers(
  name: string,
  text: string,
  limits: ReadLimits,
  purpose: Purpose,
): Promise<GivenArray | Float64Array> {
  if (namesTensorFile(text)) return readArray(name, text, limits, purpose);
  requireNumbers(name, text);
  return Float64Array.from(text.split(','), (part) => parseNumber(name, part));
}

/** Refuses the name of another file, and lists in the notation of other languages, before their parts are refused as numbers. */
function requireNumbers(name: string, text: string): void {
  if (formatByExtension(text.replace(/:[^:]*$/, '')) !== undefined || formatByExtension(text) !== undefined)
    parseReference(name, text);
  const wanted = `numbers with commas (1,2,3) or a file ending in ${FORMATS.join(', ')}`;
  if (/^[[({]|[\])}]$|;|\d\s+[-+.\d]/.test(text.trim())) throw new UsageError(name, JSON.stringify(text), wanted);
  if (!text.includes(',') && /[a-z_]/i.test(text) && Number.isNaN(Number(text)) && !/^nan$/i.test(text)) {
    throw new UsageError(name, JSON.stringify(text), wanted);
  }
}
