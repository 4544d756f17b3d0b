// The files that a command is to write: refused before the work, not after it, where they could not be or would replace what it reads.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseReference } from '../files/read.ts';
import { namesTensorFile } from './numbers.ts';
import { UsageError } from './usage-error.ts';

/**
 * Refuses a target that is an input, a folder, or in a folder where nothing can be written.
 *
 * @param option - the one that names it.
 * @param inputs - see `inputFiles`.
 */
export async function requireTarget(option: string, target: string, inputs: readonly string[] = []): Promise<void> {
  if (inputs.some((input) => sameFile(input, target)))
    throw new UsageError(option, `${target}, which is an input`, 'another file');
  const folder = path.dirname(path.resolve(target));
  if (!(await isFolder(folder))) {
    throw new UsageError(option, `${target} in a folder that is not there`, 'a path in an existing folder');
  }
  if (await isFolder(target)) throw new UsageError(option, `${target}, which is a folder`, 'a file');
  await access(folder, constants.W_OK).catch(() => {
    throw new UsageError(option, `${target} in a folder that cannot be written`, 'a path in a writable folder');
  });
}

async function isFolder(name: string): Promise<boolean> {
  const there = await stat(name).catch(() => undefined);
  return there?.isDirectory() === true;
}

export function sameFile(one: string, other: string): boolean {
  return path.resolve(one) === path.resolve(other);
}

/** The files among the values of options that are read, whichever options they are; `outputs` names the others. */
export function inputFiles(values: Readonly<Record<string, unknown>>, outputs: readonly string[]): string[] {
  return Object.entries(values).flatMap(([option, value]) => {
    if (outputs.includes(option) || typeof value !== 'string') return [];
    if (option === 'params') return [value];
    return namesTensorFile(value) ? [parseReference(`--${option}`, value).path] : [];
  });
}
