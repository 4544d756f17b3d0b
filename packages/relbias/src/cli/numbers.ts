// Lists of numbers as users give them: typed out with commas, or a tensor file.
import type { ReadLimits } from '../files/byte-source.ts';
import { requireNoBits, toNumbers } from '../files/element-types.ts';
import { FORMATS, parseReference, readTensor } from '../files/read.ts';
import { parseNumber } from './arguments.ts';
import type { GivenArray } from './given-array.ts';

/** What an option of numbers accepts, for help and messages. */
export const NUMBERS = '1,2,3|FILE[:NAME]';

const TENSOR_FILE = new RegExp(`(${FORMATS.map((extension) => `\\${extension}`).join('|')})(:.+)?$`, 'is');

/** Whether a text names a tensor file, not numbers. */
export function namesTensorFile(text: string): boolean {
  return TENSOR_FILE.test(text);
}

/** What numbers are for: learned ones are never integers of 16 bits, positions and lengths may be. */
export type Purpose = 'learned' | 'counts';

/** An array of a tensor file, as numbers. */
export async function readArray(name: string, text: string, limits: ReadLimits, purpose: Purpose): Promise<GivenArray> {
  const stored = await readTensor(name, parseReference(name, text), [], {
    ...limits,
    elementBytes: Float64Array.BYTES_PER_ELEMENT,
  });
  if (purpose === 'learned') requireNoBits(`${name} ${text}`, stored);
  return { data: toNumbers(name, stored), shape: stored.shape, from: text };
}

/** Reads `0.5,0.25` or FILE[:NAME]. What is typed out has no shape of its own: it is read in the documented order. */
export async function readNumbers(
  name: string,
  text: string,
  limits: ReadLimits,
  purpose: Purpose,
): Promise<GivenArray | Float64Array> {
  if (namesTensorFile(text)) return readArray(name, text, limits, purpose);
  return Float64Array.from(text.split(','), (part) => parseNumber(name, part));
}
