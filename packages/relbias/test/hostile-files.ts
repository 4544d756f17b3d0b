// Shared by the tests of hostile files: .npy files with any header, archives with any entries, and the check of a refusal.
import { RelbiasError } from '@relbias/bias-spec';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import { ZipFile } from 'yazl';
import type { StoredTensor } from '../src/files/element-types.ts';
import type { ReadLimits } from '../src/files/index.ts';
import { parseReference, readTensor } from '../src/files/read.ts';

/** Writes a file into a folder and reads it, by a reference FILE or FILE:NAME. */
export async function readWritten(
  folder: string,
  file: string,
  content: Uint8Array,
  limits: ReadLimits = {},
): Promise<StoredTensor> {
  await writeFile(path.join(folder, file.split(':')[0]), content);
  return readTensor('file', parseReference('file', path.join(folder, file)), [], limits);
}

/** The message of a refusal: a RelbiasError, on one line, without control characters. */
export async function refusal(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RelbiasError);
  expect((error as Error).message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  return (error as Error).message;
}

export const HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

/** A .npy file around any header; the data is as long as two float32 numbers unless told otherwise. */
export function npy(header: string, version = [1, 0], dataBytes = 8): Uint8Array {
  const start = Buffer.alloc(version[0] > 1 ? 12 : 10);
  start.write('\x93NUMPY', 'latin1');
  start.set(version, 6);
  if (version[0] > 1) start.writeUInt32LE(header.length, 8);
  else start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), Buffer.alloc(dataBytes)]);
}

/** The header of another shape and type. */
export const shaped = (shape: string, descr = '<f4'): string => HEADER.replace('(2,)', shape).replace('<f4', descr);

/** A .npz file of given entries. */
export async function zipped(
  entries: readonly (readonly [name: string, content: Uint8Array])[],
  compress = true,
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of entries) zip.addBuffer(Buffer.from(content), name, { compress });
  zip.end();
  return buffer(zip.outputStream);
}
