// Reading vectors: folders, gzip, the network, the published set, and the errors for invalid folders and files.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
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

test('a truncated case of the reproducible profile fails, and the error says where', async () => {
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

describe('limits', () => {
  const padded = (bytes: number): string => empty.padEnd(bytes, ' ');

  test('apply to all files of a folder together, unpacked, and can be raised', async () => {
    const directory = write('large', { 'a.json.gz': gzipSync(padded(2 ** 20)), 'b.json': padded(2 ** 20) });
    await expect(readVectors(directory, { maxBytes: 2 ** 21 - 1 })).rejects.toThrow(
      /b\.json: got more than 2097151 bytes of vectors, unpacked, wanted at most that; raise maxBytes \(--max-bytes/,
    );
    expect(await readVectors(directory, { maxBytes: 2 ** 21 })).toHaveLength(2);
    await expect(readVectors(directory, { maxBytes: Number.NaN })).rejects.toThrow('maxBytes: got NaN');
  });

  // 1 MiB of gzip that would unpack to 1 GiB, and to several times that as text. Made by repeating one piece, which takes no memory.
  test('unpacking an endless gzip stops at the limit', async () => {
    const piece = deflateRawSync(new Uint8Array(2 ** 24), { finishFlush: constants.Z_FULL_FLUSH });
    const member = Buffer.concat([gzipSync('').subarray(0, 10), ...Array<Buffer>(64).fill(piece)]);
    const directory = write('bomb', { 'bomb.json.gz': member });
    const before = process.resourceUsage().maxRSS;
    await expect(readVectors(directory)).rejects.toThrow(/bomb\.json\.gz: got more than 67108864 bytes/);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(2 ** 19);
  });

  test('reading an endless network response stops at the limit', async () => {
    const server = createServer((_, response) => {
      const more = (): void => {
        while (response.write(' '.repeat(2 ** 16)));
        response.once('drain', more);
      };
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.json`;
      await expect(fetchVectors([address], { maxBytes: 2 ** 20 })).rejects.toThrow('got more than 1048576 bytes');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
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
    [
      'a folder among them',
      () => {
        mkdirSync(path.join(write('nested', {}), 'a.json'));
        return path.join(folder, 'nested');
      },
      /a\.json: got a folder, wanted a file of vectors/,
    ],
    [
      'a pipe among them',
      () => {
        const directory = write('piped', {});
        execFileSync('mkfifo', [path.join(directory, 'a.json')]);
        return directory;
      },
      /a\.json: got a pipe or a device, wanted a file of vectors/,
    ],
    ['cut short', () => sick('short', empty.replace('"count":0', '"count":3')), /"count" says 3 cases, the file holds 0/],
    [
      'nested without end',
      () => sick('deep', empty.replace('[]', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)),
      /sick\.json: got JSON nested deeper than 32 levels, wanted vectors/,
    ],
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

test('files are fetched, packed or not, and an unsuccessful response is an error', async () => {
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
