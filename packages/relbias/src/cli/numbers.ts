// Lists of numbers as users give them: typed out with commas, or a tensor file.
import { toNumbers } from '../files/element-types.ts';
import { FORMATS, parseReference, readTensor } from '../files/read.ts';
import { parseNumber } from './arguments.ts';

/** What an option of numbers accepts, for help and messages. */
export const NUMBERS = '1,2,3|FILE[:NAME]';

const TENSOR_FILE = new RegExp(`(${FORMATS.map((extension) => `\\${extension}`).join('|')})(:.+)?$`, 'is');

/** Whether a text names a tensor file, not numbers. */
export function namesTensorFile(text: string): boolean {
  return TENSOR_FILE.test(text);
}

/** Reads `0.5,0.25` or FILE[:NAME]. */
export async function readNumbers(name: string, text: string): Promise<Float64Array> {
  if (!namesTensorFile(text)) return Float64Array.from(text.split(','), (part) => parseNumber(name, part));
  return toNumbers(name, await readTensor(name, parseReference(name, text)));
}

/** readNumbers for an option that may be absent. */
export async function readOptionalNumbers(name: string, text: string | undefined): Promise<Float64Array | undefined> {
  return text === undefined ? undefined : readNumbers(name, text);
}
