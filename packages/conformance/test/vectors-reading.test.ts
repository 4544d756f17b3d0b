// Reading vectors: folders, gzip, the network, the shipped set, and what is said of folders and files that are none.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { VectorFile } from '@relbias/conformance';
import { FormatError, fetchVectors, judgeVectors, parseVectors } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { afterAll, describe, expect, test } from 'vitest';

const raw = path.join(import.meta.dirname, '../vectors');
const folder = mkdtempSync(path.join(tmpdir(), 'relbias-vectors-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, files: Record<string, string | Uint8Array>): string {
  const directory = path.join(folder, name);
  mkdirSync(directory);
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(directory, file), content);
  return directory;
}

const empty = '{"format":"attention-bias-vectors/1","file":"a","count":0,"cases":[]}';

test('a folder is read in the order of names, .json and .json.gz alike', async () => {
  const swin = readFileSync(path.join(raw, 'swin.json'));
  const directory = write('mixed', { 'b.json.gz': gzipSync(swin), 'a.json': empty, 'README.md': 'words' });
  const files = await readVectors(directory);
  expect(files.map(({ file }) => file)).toEqual(['a', 'swin']);
  expect(files[1]).toEqual({ ...parseVectors(swin.toString(), ''), origin: path.join(directory, 'b.json.gz') });
});

test('the packed set is the raw one', async () => {
  execFileSync(process.execPath, [path.join(import.meta.dirname, '../scripts/pack-vectors.mjs')]);
  const nameless = (files: VectorFile[]): object[] => files.map(({ file, cases }) => ({ file, cases }));
  expect(nameless(await readVectors())).toEqual(nameless(await readVectors(raw)));
});

test('a case of the reproducible profile that is cut short fails, and says where', async () => {
  const content = '{"format":"reproducible-attention/1","count":1,"cases":[{"id":"cut","dtype":"float32","queries":1}]}';
  expect(judgeVectors(await readVectors(write('profile', { 'reproducible.json': content })))).toMatchObject([
    {
      name: 'vectors/cut',
      file: 'reproducible',
      status: 'fail',
      reason: expect.stringContaining('keys: got undefined, wanted a number'),
    },
  ]);
});

describe('a clear error', () => {
  const sick = (name: string, content: string | Uint8Array, file = 'sick.json'): string => write(name, { [file]: content });
  test.each<[string, () => string, RegExp]>([
    ['no folder', () => path.join(folder, 'missing'), /missing: got nothing there, wanted a folder of vectors/],
    ['a file', () => path.join(raw, 'swin.json'), /swin\.json: got a file, wanted a folder of vectors/],
    ['nothing in it', () => write('empty', {}), /empty: got no file of vectors among 0 entries, wanted \.json or \.json\.gz/],
    ['other files', () => write('other', { 'a.npy': '' }), /other: got no file of vectors among 1 entries/],
    ['not JSON', () => sick('torn', empty.slice(0, 40)), /torn.sick\.json: not JSON/],
    ['a list', () => sick('list', '[]'), /sick\.json: got the format object, wanted "attention-bias-vectors\/1"/],
    [
      'another format',
      () => sick('format', '{"format":"x/2"}'),
      /sick\.json: got the format "x\/2", wanted "attention-bias-vectors\/1"/,
    ],
    ['no cases', () => sick('none', '{"format":"attention-bias-vectors/1"}'), /sick\.json: wanted a list in "cases"/],
    ['cut short', () => sick('short', empty.replace('"count":0', '"count":3')), /"count" says 3 cases, the file holds 0/],
    ['torn gzip', () => sick('gzip', gzipSync(empty).subarray(0, 40), 'sick.json.gz'), /sick\.json\.gz: not a whole gzip file/],
    [
      'a case of words',
      () => sick('words', empty.replace('0,"cases":[]', '1,"cases":["x"]')),
      /sick\.json: case 0: got string, wanted an object/,
    ],
    [
      'a case without a kind',
      () => sick('kind', empty.replace('0,"cases":[]', '1,"cases":[{"id":"x","family":"t5"}]')),
      /sick\.json: case 0 \(x\): got undefined for "kind", wanted a string/,
    ],
  ])('%s', async (_, make, message) => {
    const error: unknown = await readVectors(make()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
  });
});

test('files are fetched, packed or not, and an answer that is no success is an error', async () => {
  const swin = readFileSync(path.join(raw, 'swin.json'));
  const server = createServer((request, response) => {
    if (request.url === '/missing.json') response.writeHead(404).end();
    else response.end(request.url === '/swin.json.gz' ? gzipSync(swin) : empty);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const files = await fetchVectors([`${base}/swin.json.gz`, new URL('/a.json', base)]);
    expect(files.map(({ file, origin }) => [file, origin])).toEqual([
      ['swin', `${base}/swin.json.gz`],
      ['a', `${base}/a.json`],
    ]);
    await expect(fetchVectors([`${base}/missing.json`])).rejects.toThrow(`${base}/missing.json: the server answered 404`);
  } finally {
    server.close();
  }
});
