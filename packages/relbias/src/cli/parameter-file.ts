// The options of a family's function from a JSON file. Texts that name tensor files become their numbers, nested lists become flat ones.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { unreadable } from '../files/unreadable.ts';
import { namesTensorFile, readNumbers } from './numbers.ts';
import { UsageError } from './usage-error.ts';

/** Reads the file; tensor files in it are looked for beside it. */
export async function readParameters(name: string, file: string): Promise<Record<string, unknown>> {
  const source = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(`${name} ${file}`, error);
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(source);
  } catch (error) {
    throw new UsageError(`${name} ${file}`, `no JSON (${(error as Error).message.split('\n')[0]})`, 'a JSON object');
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new UsageError(`${name} ${file}`, `JSON of ${Array.isArray(parsed) ? 'a list' : String(parsed)}`, 'a JSON object');
  }
  return (await resolve(parsed, name, path.dirname(path.resolve(file)))) as Record<string, unknown>;
}

async function resolve(value: unknown, name: string, folder: string): Promise<unknown> {
  if (typeof value === 'string' && namesTensorFile(value)) return readNumbers(name, path.resolve(folder, value));
  if (Array.isArray(value)) {
    const flat: unknown[] = value.flat(Infinity);
    if (flat.every((one) => typeof one === 'number')) return flat;
    return Promise.all(value.map((one) => resolve(one, name, folder)));
  }
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(async ([key, one]) => [key, await resolve(one, name, folder)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
