// Endless inputs and inputs that are not regular files: arrays larger than memory, archives that unpack endlessly, pipes, devices, files
// that change, deeply nested parameter files. None takes much memory or blocks.
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredTensor } from '../src/files/element-types.ts';
import { withFile } from '../src/files/file-source.ts';
import type { ReadLimits } from '../src/files/index.ts';
import { encodeNpy, encodeSafetensors } from '../src/files/index.ts';
import { encodeNpz } from '../src/files/npz.ts';
import { parseReference, readTensor } from '../src/files/read.ts';
import { HEADER, npy, readWritten, refusal, shaped, zipped } from './hostile-files.ts';
import { relbias } from './program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-hostile-'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

const read = (file: string, content: Uint8Array, limits?: ReadLimits): Promise<StoredTensor> =>
  readWritten(folder, file, content, limits);

describe('size', () => {
  const zeros = (bytes: number): Uint8Array =>
    encodeNpy('test', { elements: 'uint8', shape: [bytes], bytes: new Uint8Array(bytes) });

  test('an array is refused by its declared size in every format, and read once the limit is raised', async () => {
    const bytes = 2 ** 20;
    const files = {
      'large.npy': zeros(bytes),
      'large.npz:a': await zipped([['a.npy', zeros(bytes)]]),
      'large.safetensors:a': encodeSafetensors({ a: { elements: 'uint8', shape: [bytes], bytes: new Uint8Array(bytes) } }),
    };
    for (const [name, content] of Object.entries(files)) {
      expect(await refusal(read(name, content, { maxBytes: bytes - 1 }))).toContain(
        `an array that takes ${bytes} bytes of memory, wanted at most ${bytes - 1}. Raise the limit: --max-bytes ${bytes}`,
      );
      expect((await read(name, content, { maxBytes: bytes })).bytes).toHaveLength(bytes);
      expect(await refusal(read(name, content, { maxBytes: bytes, elementBytes: 8 }))).toContain(`takes ${8 * bytes} bytes`);
      expect(await refusal(read(name, content, { maxBytes: Number.NaN }))).toContain('maxBytes: got NaN');
    }
  });

  test('1 GiB by default: a small archive that would unpack to more takes almost no memory', async () => {
    // A header that declares 4 GiB, and an archive that agrees with it: nothing of it is there.
    const header = npy(shaped('(4294967000,)', '|u1'), [1, 0], 0);
    const correct = await zipped([['a.npy', header]]);
    correct.writeUInt32LE(header.length + 4294967000, correct.indexOf('PK\x01\x02', 'latin1') + 24);
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(read('bomb.npz:a', correct))).toContain(
      'an array that takes 4294967000 bytes of memory, wanted at most 1073741824',
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  test('unpacking stops at the size that an archive declares', async () => {
    const content = await zipped([['a.npy', Buffer.concat([npy(HEADER), Buffer.alloc(2 ** 28)])]]);
    content.writeUInt32LE(npy(HEADER).length, content.indexOf('PK\x01\x02', 'latin1') + 24);
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(read('more.npz:a', content))).toContain(
      `unpacks to more than the ${npy(HEADER).length} bytes that it declares`,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
  });

  test('many pieces make one array, and one checksum', async () => {
    const bytes = Uint8Array.from({ length: 2 ** 21 }, (_, index) => (index * 2654435761) >>> 24);
    const content = await encodeNpz('test', { a: { elements: 'uint8', shape: [bytes.length], bytes } });
    expect((await read('pieces.npz:a', content)).bytes).toEqual(bytes);
    content[content.length >> 1] ^= 1;
    expect(await refusal(read('pieces.npz:a', content))).toContain('a.npy has a wrong checksum');
  });
});

describe('anything but a regular file that does not change', () => {
  test('pipes, devices and folders are refused without waiting', async () => {
    execFileSync('mkfifo', [at('pipe.npy'), at('pipe.npz'), at('pipe.safetensors'), at('pipe.json')]);
    await symlink('/dev/zero', at('zero.npy'));
    for (const name of ['pipe.npy', 'pipe.npz:a', 'pipe.safetensors:a']) {
      expect(await refusal(readTensor('file', parseReference('file', at(name))))).toContain(
        'got a pipe, wanted a readable file. Save its contents',
      );
    }
    expect(await refusal(readTensor('file', parseReference('file', at('zero.npy'))))).toContain('got a device');
    const { status, stderr } = await relbias(['bias', '--bias', 'alibi', '--params', at('pipe.json')]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('got a pipe, wanted a readable file') });
  });

  test('a file that changes while it is read', async () => {
    await writeFile(at('grows.npy'), npy(HEADER));
    const reading = withFile('file', at('grows.npy'), async ({ size, read: bytes }) => {
      await bytes(0, size);
      await appendFile(at('grows.npy'), 'more');
    });
    expect(await refusal(reading)).toContain('a file that changed while it was read');
    await writeFile(at('grows.npy'), npy(HEADER));
    const replacing = withFile('file', at('grows.npy'), async ({ size, read: bytes }) => {
      await bytes(0, size);
      await writeFile(at('other.npy'), npy(HEADER));
      await rename(at('other.npy'), at('grows.npy'));
    });
    expect(await refusal(replacing)).toContain('a file that changed while it was read');
    const shrinking = withFile('file', at('grows.npy'), async ({ size, read: bytes }) => {
      await writeFile(at('grows.npy'), '');
      await bytes(0, size);
    });
    expect(await refusal(shrinking)).toContain('a file that changed while it was read');
  });

  test.each([
    ['nested without end', `{"w1":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'JSON nested deeper than 16 levels'],
    ['a key twice', '{"beta":1,"beta":2}', 'the key "beta" twice in one object'],
    ['no JSON, with escapes', '{"\u001b[2J', 'invalid JSON ('],
    ['escapes in the name of a file', JSON.stringify({ slopes: '\u001b[2J.npy' }), 'no such file'],
    ['NUL in the name of a file', JSON.stringify({ slopes: 'a\u0000b.npy' }), 'cannot be read (ERR_INVALID_ARG_VALUE)'],
    ['a name of Object.prototype', '{"__proto__":[1]}', "the unknown option '__proto__'"],
  ])('--params: %s', async (_, json, message) => {
    await writeFile(at('params.json'), json);
    const { status, stderr } = await relbias(['bias', '--bias', 'alibi', '--params', at('params.json')]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) });
    expect(stderr.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('--max-bytes of conform limits what vectors unpack to', async () => {
    await mkdir(at('vectors'));
    const content = '{"format":"attention-bias-vectors/1","cases":[]}'.padEnd(2 ** 16);
    await writeFile(at('vectors/padded.json.gz'), gzipSync(content));
    const args = ['conform', '--vectors', at('vectors'), '--max-bytes'];
    for (const [limit, told] of [
      ['65535', 'got more than 65535 bytes of vectors, unpacked'],
      ['65536', '1 files without a case'],
    ]) {
      const { status, stderr } = await relbias([...args, limit]);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(told) });
    }
  });

  test('--max-bytes raises and lowers the limit of the program', async () => {
    await writeFile(at('slopes.npy'), npy(HEADER));
    const args = ['bias', '--bias', 'alibi', '--heads', '2', '--slopes', at('slopes.npy'), '--json', '--max-bytes'];
    expect((await relbias([...args, '16'])).status).toBe(0);
    const { status, stderr } = await relbias([...args, '15']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('takes 16 bytes of memory, wanted at most 15'),
    });
  });
});
