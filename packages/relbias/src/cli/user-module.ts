// Loads a module of the user's, named by its path where a built-in name could be. Whatever it throws becomes a refusal that names the module.
import { describeThrown } from '@relbias/conformance';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Refusal, UsageError } from './usage-error.ts';

/** Whether a text is the path of a module rather than a name. */
export function isModulePath(given: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(given);
}

/**
 * The default export of a module; undefined where it has none.
 *
 * @param what - the option and its value, for messages.
 */
export async function defaultExport(what: string, given: string): Promise<unknown> {
  const file = path.resolve(given);
  if (!existsSync(file)) throw new UsageError(what, 'no such file', 'a module that loads');
  return attempt(what, 'a module that fails to load', 'a module that loads', async () => {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  });
}

/** Runs code of the user's module. An error becomes a refusal that says what was wanted. */
export async function attempt<T>(what: string, failure: string, wanted: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new UsageError(what, `${failure} (${describeThrown(error)})`, wanted);
  }
}

export function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
