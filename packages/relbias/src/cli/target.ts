// The files that a command is to write: refused before the work, not after it, where they could not be or would replace what it reads.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseReference } from '../files/read.ts';
import { resolveLinks } from '../files/write.ts';
import { namesTensorFile } from './numbers.ts';
import { namedTensorFiles } from './parameter-file.ts';
import { UsageError } from './usage-error.ts';

/**
 * Refuses a target that is an input, a folder, in a folder where nothing can be written, or a disk.
 *
 * @param option - the one that names it.
 * @param inputs - see `inputFiles`.
 */
export async function requireTarget(option: string, target: string, inputs: readonly string[] = []): Promise<void> {
  for (const input of inputs) {
    if (await sameFile(input, target)) throw new UsageError(option, `${target}, which is an input`, 'another file');
  }
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) throw new UsageError(option, `${target}, which is a folder`, 'a file');
  if (there?.isBlockDevice() || there?.isSocket()) {
    const kind = there.isSocket() ? 'a socket' : 'a block device';
    throw new UsageError(option, `${target}, which is ${kind}`, 'a file, a pipe or a terminal');
  }
  if (there !== undefined) {
    await access(target, constants.W_OK).catch(() => {
      throw new UsageError(option, `${target}, which cannot be written`, 'a file with the right to write it');
    });
    // A pipe or a device is written to where it is.
    if (!there.isFile()) return;
  }
  // The folder of the file that will be written: a link may lead to another one.
  const file = await resolveLinks(target).catch(() => undefined);
  if (file === undefined) {
    throw new UsageError(option, `${target} in a folder that is not there`, 'a path in an existing folder');
  }
  await access(path.dirname(file), constants.W_OK).catch(() => {
    throw new UsageError(option, `${target} in a folder that cannot be written`, 'a path in a writable folder');
  });
}

/** Whether two paths lead to one file, by links of either kind too, or would once they are written. */
export async function sameFile(one: string, other: string): Promise<boolean> {
  return (await identity(one)) === (await identity(other));
}

async function identity(name: string): Promise<string> {
  const there = await stat(name, { bigint: true }).catch(() => undefined);
  if (there !== undefined) return `${there.dev}:${there.ino}`;
  return resolveLinks(name).catch(() => path.resolve(name));
}

/** The files among the values of options that are read, whichever options they are; `outputs` names the others. */
export async function inputFiles(values: Readonly<Record<string, unknown>>, outputs: readonly string[]): Promise<string[]> {
  const files = Object.entries(values).map(async ([option, value]) => {
    if (outputs.includes(option) || typeof value !== 'string') return [];
    if (option === 'params') return [value, ...(await namedTensorFiles(value))];
    return namesTensorFile(value) ? [parseReference(`--${option}`, value).path] : [];
  });
  return (await Promise.all(files)).flat();
}
