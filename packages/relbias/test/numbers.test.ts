// relbias slopes, buckets, bias: the printed numbers are the spec's, in every form; small stable outputs word for word.
import { alibi, alibiSlopes, debertaRow, fire, swin, t5, t5Bucket } from '@relbias/bias-spec';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toNumbers } from '../src/files/element-types.ts';
import { parseReference, readTensor } from '../src/files/read.ts';
import { toStored } from '../src/files/element-types.ts';
import { writeTensors } from '../src/files/write.ts';
import { relbias } from './program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-numbers-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function printed(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await relbias(args, { cwd: folder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('Error') });
  return stdout;
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await printed(...args, '--json')) as Record<string, unknown>;
}

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('slopes', () => {
  test('word for word', async () => {
    expect(await printed('slopes', '--heads', '3')).toMatchInlineSnapshot(`
      "head       slope  log2  halves at
         0      0.0625    -4      11.09
         1  0.00390625    -8      177.4
         2        0.25    -2      2.773
      "
    `);
  });

  test('in JSON and CSV, exact and rounded', async () => {
    expect(await json('slopes', '--heads', '71')).toEqual({ heads: 71, biasMax: 8, slopes: [...alibiSlopes(71)] });
    const rounded = await json('slopes', '--heads', '12', '--bias-max', '16', '--float32');
    expect(rounded['slopes']).toEqual([...alibiSlopes(12, 16)].map(Math.fround));
    const rows = lines(await printed('slopes', '--heads', '5', '--csv')).map((line) => line.split(',').slice(0, 2));
    expect(rows).toEqual([['head', 'slope'], ...Array.from(alibiSlopes(5), (slope, head) => [String(head), String(slope)])]);
  });
});

describe('buckets', () => {
  test("the book's example, word for word", async () => {
    expect(await printed('buckets', '--nb', '3', '--dist-max', '5', '--from', '0', '--to', '7')).toMatchInlineSnapshot(`
      "bucket  from  to  distances
           0     0   0          1
           1     1   1          1
           2     2   3          2
           3     4   7          4
      "
    `);
  });

  test.each([
    [['--buckets', '32', '--max-distance', '128'], t5Bucket()],
    [
      ['--unidirectional', '--buckets', '8', '--max-distance', '20'],
      t5Bucket({ numBuckets: 8, maxDistance: 20, bidirectional: false }),
    ],
    [['--bidirectional', '--max-distance', '800', '--rounding', 'float32'], t5Bucket({ maxDistance: 800, rounding: 'float32' })],
    [['--family', 'deberta', '--bucket-size', '8', '--max-position', '32'], debertaRow({ bucketSize: 8, maxPosition: 32 })],
    [['--family', 'deberta'], debertaRow({ bucketSize: 256, maxPosition: 512 })],
  ])('%j', async (options, bucket) => {
    const { buckets } = await json('buckets', ...options, '--from', '-300', '--to', '300');
    expect(buckets).toEqual(Array.from({ length: 601 }, (_, index) => bucket(index - 300)));
  });

  test('the table shows the ranges that CSV lists one by one', async () => {
    const table = lines(await printed('buckets'))
      .slice(1)
      .map((line) => line.trim().split(/\s+/).map(Number));
    const listed = lines(await printed('buckets', '--csv'))
      .slice(1)
      .map((line) => line.split(',').map(Number));
    const expanded = table.flatMap(([bucket, from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => [from + index, bucket]),
    );
    expect(expanded).toEqual(listed);
  });

  test('reports buckets that no distance reads', async () => {
    const { stderr } = await relbias(['buckets', '--buckets', '9']);
    expect(stderr).toBe('note: no distance has bucket 4, 8\n');
  });
});

describe('bias', () => {
  test('a heat map without colours, word for word', async () => {
    expect(await printed('bias', '--bias', 'alibi', '--heads', '2', '--queries', '9', '--causal')).toMatchInlineSnapshot(`
      "alibi, head 0 of 2: 9 queries down, 9 keys across; -0.5000 (.) to 0.000 (@)
      @
      %@
      #%@
      *#%@
      +*#%@
      =+*#%@
      -=+*#%@
      :-=+*#%@
      .:-=+*#%@
      "
    `);
  });

  test.each([
    ['FORCE_COLOR', '3', '\n\x1b[38;2;253;231;37;48;2;'],
    ['FORCE_COLOR', '2', '\n\x1b[38;5;227;48;5;'],
    ['FORCE_COLOR', '1', '\n\x1b[38;5;227;48;5;'],
    ['FORCE_COLOR', '0', '\n@#=.\n'],
    ['NO_COLOR', '1', '\n@#=.\n'],
  ])('colours with %s=%s', async (variable, setting, begins) => {
    const { stdout } = await relbias(['bias', '--bias', 'alibi', '--queries', '4'], { env: { [variable]: setting } });
    expect(stdout).toContain(begins);
  });

  test('a matrix wider than the terminal is sampled, with a note', async () => {
    const [title, ...map] = lines(await printed('bias', '--bias', 'alibi', '--queries', '200'));
    expect(title).toContain('one of 3 rows and columns shown');
    expect(map).toHaveLength(67);
    expect(Math.max(...map.map((line) => line.length))).toBe(67);
  });

  test('in JSON, CSV and as a table', async () => {
    const made = alibi({ heads: 4, future: 'asymmetric' });
    const args = [
      'bias',
      '--bias',
      'alibi',
      '--heads',
      '4',
      '--future',
      'asymmetric',
      '--head',
      '3',
      '--queries',
      '2',
      '--keys',
      '5',
    ];
    const wanted = [0, 1].map((i) => [0, 1, 2, 3, 4].map((j) => made.value(3, i + 3 - j, i + 3)));
    const shown = wanted.map((row) => row.map((one) => (one === -Infinity ? '-Infinity' : one)));
    expect((await json(...args))['bias']).toEqual(shown.map((row) => row.map((one) => (one === 0 ? 0 : one))));
    const rows = lines(await printed(...args, '--csv'))
      .slice(1)
      .map((line) => line.split(',').map(Number));
    expect(rows).toEqual(wanted.flatMap((row, i) => row.map((one, j) => [i, j, one === 0 ? 0 : one])));
    expect(await printed(...args, '--numbers')).toMatchInlineSnapshot(`
      "query  key 0  key 1  key 2  key 3      key 4
          0                       0      -0.003906
          1                                      0
      "
    `);
  });

  test('all heads to a file, hidden pairs at -Infinity', async () => {
    await printed(
      'bias',
      '--bias',
      'alibi',
      '--slopes',
      '1,0.5',
      '--heads',
      '2',
      '--queries',
      '3',
      '--window-left',
      '1',
      '--out',
      'bias.npy',
    );
    const stored = await readTensor('test', parseReference('test', path.join(folder, 'bias.npy')));
    expect(stored.shape).toEqual([2, 3, 3]);
    const hidden = -Infinity;
    expect([...toNumbers('test', stored)].map((one) => (one === 0 ? 0 : one))).toEqual(
      [0, -1, -2, -1, 0, -1, hidden, -1, 0].flatMap((one) => [one]).concat([0, -0.5, -1, -0.5, 0, -0.5, hidden, -0.5, 0]),
    );
  });

  test('tables from files in both layouts, and from the command line', async () => {
    const table = Float32Array.from({ length: 16 }, (_, index) => index / 8);
    await writeTensors('test', path.join(folder, 'weights.safetensors'), {
      'block.0.bias': toStored({ data: table, shape: [8, 2], dtype: 'float32' }),
      other: toStored({ data: table, shape: [16], dtype: 'float32' }),
    });
    const args = [
      'bias',
      '--bias',
      't5',
      '--heads',
      '2',
      '--head',
      '1',
      '--queries',
      '4',
      '--buckets',
      '8',
      '--max-distance',
      '16',
    ];
    const matrix = (layout: 'buckets-heads' | 'heads-buckets'): number[][] => {
      const made = t5({ heads: 2, numBuckets: 8, maxDistance: 16, table, layout });
      return [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => made.value(1, i - j, i)));
    };
    expect((await json(...args, '--table', 'weights.safetensors:block.0.bias'))['bias']).toEqual(matrix('buckets-heads'));
    expect((await json(...args, '--table', 'weights.safetensors:other', '--layout', 'heads-buckets'))['bias']).toEqual(
      matrix('heads-buckets'),
    );
    expect((await json(...args, '--table', table.join(',')))['bias']).toEqual(matrix('buckets-heads'));
  });

  test('parameters from JSON, with tensor files in the same folder and nested lists', async () => {
    const w1 = Float32Array.of(1, -2, 0.5);
    await writeTensors('test', path.join(folder, 'w1.npy'), { it: toStored({ data: w1, shape: [3, 1], dtype: 'float32' }) });
    const weights = {
      b1: [0.25, 0.5, -1],
      w2: [
        [1, 2, 3],
        [-1, 0, 1],
      ],
      b2: [0.5, -0.5],
      threshold: 2,
    };
    await writeFile(path.join(folder, 'fire.json'), JSON.stringify({ w1: 'w1.npy', ...weights }));
    const made = fire({ ...weights, heads: 2, w1, w2: weights.w2.flat(), future: 'signed' });
    const { bias } = await json(
      'bias',
      '--bias',
      'fire',
      '--params',
      'fire.json',
      '--future',
      'signed',
      '--heads',
      '2',
      '--queries',
      '5',
    );
    expect(bias).toEqual([0, 1, 2, 3, 4].map((i) => [0, 1, 2, 3, 4].map((j) => made.value(0, i - j, i))));
  });

  test('a window determines its tokens and positions', async () => {
    const table = Array.from({ length: 15 }, (_, index) => index - 7);
    const made = swin({ heads: 1, windowHeight: 2, windowWidth: 3, table });
    const position = [0, 1, 2, 5, 6, 7];
    const args = [
      'bias',
      '--bias',
      'swin',
      '--heads',
      '1',
      '--window-height',
      '2',
      '--window-width',
      '3',
      `--table=${table.join(',')}`,
    ];
    expect((await json(...args))['bias']).toEqual(position.map((i) => position.map((j) => made.value(0, i - j, i))));
  });

  test('the published initialisation, the same for the same seed', async () => {
    const draw = async (seed: string): Promise<unknown> =>
      (await json('bias', '--bias', 'fire', '--initialise', seed, '--queries', '3'))['bias'];
    expect(await draw('1')).toEqual(await draw('1'));
    expect(await draw('1')).not.toEqual(await draw('2'));
  });

  test('a reader that stops early is not an error', async () => {
    const { spawnSync } = await import('node:child_process');
    const program = path.join(import.meta.dirname, '..', 'dist', 'bin', 'relbias.js');
    const { stdout, stderr } = spawnSync('sh', [
      '-c',
      `"${process.execPath}" "${program}" bias --bias alibi --queries 600 --csv | head -n 1`,
    ]);
    expect({ stdout: stdout.toString(), stderr: stderr.toString() }).toEqual({ stdout: 'query,key,bias\n', stderr: '' });
  });
});
