// The files that a command will write. Refused before any work where they cannot be written, or would replace an input.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { filesOf, parseReference } from '../files/read.ts';
import { resolveLinks } from '../files/write.ts';
import { namesTensorFile } from './numbers.ts';
import { namedTensorFiles } from './parameter-file.ts';
import { UsageError } from './usage-error.ts';

/**
 * Refuses a target that is an input, a folder, a disk, or in a folder that cannot be written.
 *
 * @param option - the option that names the target.
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
      throw new UsageError(option, `${target}, which cannot be written`, 'a file with write permission');
    });
    // A pipe or a device is written to in place.
    if (!there.isFile()) return;
  }
  // The folder that will hold the file: a link may lead to a different one.
  const file = await resolveLinks(target).catch(() => undefined);
  if (file === undefined) {
    throw new UsageError(option, `${target} in a folder that does not exist`, 'a path in an existing folder');
  }
  await access(path.dirname(file), constants.W_OK).catch(() => {
    throw new UsageError(option, `${target} in a folder that cannot be written`, 'a path in a writable folder');
  });
}

/** Whether two paths lead to the same file, through links of either kind, or would once they are written. */
export async function sameFile(one: string, other: string): Promise<boolean> {
  return (await identity(one)) === (await identity(other));
}

async function identity(name: string): Promise<string> {
  const there = await stat(name, { bigint: true }).catch(() => undefined);
  if (there !== undefined) return `${there.dev}:${there.ino}`;
  return resolveLinks(name).catch(() => path.resolve(name));
}

/** The files that a command reads, from the values of its options. `outputs` names the options whose files are written. */
export async function inputFiles(values: Readonly<Record<string, unknown>>, outputs: readonly string[]): Promise<string[]> {
  const files = Object.entries(values).map(async ([option, value]) => {
    if (outputs.includes(option) || typeof value !== 'string') return [];
    if (option === 'params') return [value, ...(await namedTensorFiles(value))];
    return namesTensorFile(value) ? filesOf(parseReference(`--${option}`, value)) : [];
  });
  return (await Promise.all(files)).flat();
}
