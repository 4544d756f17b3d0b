// The axes of arrays from files: every family reads an array in the layout that it documents, and refuses any other with a hint.
import { swin, t5 } from '@relbias/bias-spec';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { biasFrom } from '../src/cli/bias-options.ts';
import { placementFrom } from '../src/cli/placement-options.ts';
import type { ElementName } from '../src/files/element-types.ts';
import { writeTensors } from '../src/files/write.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-layouts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint16: Uint16Array,
  int16: Int16Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
};

let count = 0;

/** Saves 0, 1, 2, ... in a shape, as a fresh file; `values` instead of the counted numbers. */
async function saved(
  shape: number[],
  elements: keyof typeof ARRAYS = 'float32',
  values?: number[],
  ending = '.npy',
): Promise<string> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const numbers = values ?? Array.from({ length: size }, (_, index) => index);
  const data = elements === 'int64' ? BigInt64Array.from(numbers, BigInt) : ARRAYS[elements].from(numbers as never);
  const file = path.join(folder, `array${count++}${ending}`);
  const stored = { elements: elements as ElementName, shape, bytes: new Uint8Array(data.buffer) };
  await writeTensors('test', file, { it: stored });
  return file;
}

async function params(options: object): Promise<string> {
  const file = path.join(folder, `params${count++}.json`);
  await writeFile(file, JSON.stringify(options));
  return file;
}

const T5 = { bias: 't5', buckets: 8, 'max-distance': 16 };
const SWIN = { bias: 'swin', 'window-height': 2, 'window-width': 3 };
const OFFSET = { bias: 'per-offset', 'max-distance': 2 };
const TRANSPOSE = 'np.ascontiguousarray(array.T)';

describe('tables in the wrong layout are refused, with a hint', () => {
  test.each([
    ['t5', T5, 2, [2, 8], '[2, 8]', '[8, 2], as is read without --layout', TRANSPOSE],
    ['t5 as stated', { ...T5, layout: 'heads-buckets' }, 2, [8, 2], '[8, 2]', '[2, 8], as the layout says', '--layout'],
    ['deberta', { bias: 'deberta', 'bucket-size': 4, 'max-position': 8 }, 3, [3, 8], '[3, 8]', '[8, 3]', TRANSPOSE],
    ['swin', SWIN, 3, [3, 15], '[3, 15]', '[15, 3]', TRANSPOSE],
    ['per-offset', OFFSET, 3, [5, 3], '[5, 3]', '[3, 5]', TRANSPOSE],
    ['causal per-offset', { ...OFFSET, unidirectional: true as const }, 2, [3, 2], '[3, 2]', '[2, 3]', TRANSPOSE],
    ['axes of another split', T5, 2, [4, 4], '[4, 4]', '[8, 2]', 'array.reshape(8, 2)'],
    ['a window of three axes', SWIN, 2, [5, 3, 2], '[5, 3, 2]', '[15, 2]', 'array.reshape(15, 2)'],
    [
      'a flat one',
      T5,
      2,
      [16],
      '[16]',
      'a stated layout, because this shape fits both, for [8, 2]',
      '--layout buckets-heads or --layout heads-buckets',
    ],
    [
      'a square one',
      T5,
      8,
      [8, 8],
      '[8, 8]',
      'a stated layout, because this shape fits both',
      '--layout buckets-heads or --layout heads-buckets',
    ],
  ])('%s', async (_, options, heads, shape, ...words) => {
    const made = biasFrom({ ...options, table: await saved(shape) }, heads, {});
    const error: unknown = await made.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ShapeError' });
    for (const word of words) expect((error as Error).message).toContain(word);
  });

  test('in a --params file: table files, nested lists, square ones', async () => {
    const nested = [0, 1].map((head) => Array.from({ length: 8 }, (_, bucket) => 8 * head + bucket));
    const square = Array.from({ length: 8 }, (_, row) => Array.from({ length: 8 }, (__, column) => 8 * row + column));
    const options = { numBuckets: 8, maxDistance: 16 };
    for (const [table, heads] of [
      [path.basename(await saved([2, 8])), 2],
      [nested, 2],
      [square, 8],
    ] as const) {
      const file = await params({ ...options, table });
      await expect(biasFrom({ bias: 't5', params: file }, heads, {})).rejects.toThrow('--layout');
    }
    const ragged = await params({ ...options, table: [[0, 1], [2]] });
    await expect(biasFrom({ bias: 't5', params: ragged }, 1, {})).rejects.toThrow('rows of equal length');
  });
});

describe('the right layout gives the right numbers', () => {
  test.each([
    ['as documented', [8, 2], {}, 'buckets-heads'],
    ['as stated', [2, 8], { layout: 'heads-buckets' }, 'heads-buckets'],
    ['flat, as stated', [16], { layout: 'heads-buckets' }, 'heads-buckets'],
    ['axes of 1 between', [1, 8, 1, 2], {}, 'buckets-heads'],
  ] as const)('t5 %s', async (_, shape, options, layout) => {
    const table = Array.from({ length: 16 }, (__, index) => index);
    const made = await biasFrom({ ...T5, ...options, table: await saved([...shape]) }, 2, {});
    const wanted = t5({ heads: 2, numBuckets: 8, maxDistance: 16, table, layout });
    for (const head of [0, 1])
      for (const d of [-20, -3, 0, 1, 5, 40]) expect(made.value(head, d, d)).toBe(wanted.value(head, d, d));
  });

  test('square with a stated layout, one head flat, typed lists', async () => {
    const square = await biasFrom({ ...T5, layout: 'heads-buckets', table: await saved([8, 8]) }, 8, {});
    expect(square.value(2, 1, 1)).toBe(17);
    const one = await biasFrom({ ...T5, table: await saved([8]) }, 1, {});
    expect(one.value(0, 1, 1)).toBe(1);
    const typed = await biasFrom({ ...SWIN, table: Array.from({ length: 30 }, (_, index) => index).join(',') }, 2, {});
    const wanted = swin({ heads: 2, windowHeight: 2, windowWidth: 3, table: Array.from({ length: 30 }, (_, index) => index) });
    expect(typed.value(1, 4, 4)).toBe(wanted.value(1, 4, 4));
  });
});

describe('the arrays of networks and of each head', () => {
  const fireOptions = async (w2: unknown): Promise<string> => params({ w1: [1, 2, 3], b1: [0, 0, 0], w2, b2: [0, 0] });
  test('FIRE: [heads, width] and no other', async () => {
    const right = await biasFrom({ bias: 'fire', params: await fireOptions(await saved([2, 3])) }, 2, {});
    expect(right.parameters['w2'].data).toEqual(Float64Array.of(0, 1, 2, 3, 4, 5));
    for (const shape of [[3, 2], [6]]) {
      await expect(biasFrom({ bias: 'fire', params: await fireOptions(await saved(shape)) }, 2, {})).rejects.toThrow(
        /fire\.w2: got the shape \[.*wanted \[2, 3\]\. .*(transpose|reshape)/i,
      );
    }
    const lists = await fireOptions([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    await expect(biasFrom({ bias: 'fire', params: lists }, 2, {})).rejects.toThrow('wanted [2, 3]');
  });

  test('dynamic positions: [outputs, inputs] in every layer', async () => {
    const layers = async (shape: number[]): Promise<string> =>
      params({
        layers: [
          { weight: await saved([3, 1]), bias: [0, 0, 0] },
          { weight: await saved(shape), bias: [0, 0] },
        ],
      });
    const bias = 'dynamic-position';
    expect((await biasFrom({ bias, params: await layers([2, 3]) }, 2, {})).parameters['weight1'].shape).toEqual([2, 3]);
    await expect(biasFrom({ bias, params: await layers([3, 2]) }, 2, {})).rejects.toThrow(
      /dynamic-position\.layers\.1\.weight: got the shape \[3, 2\]/,
    );
  });

  test('slopes and KERPLE: one axis, whatever axes of 1 are around it', async () => {
    const slopes = await biasFrom({ bias: 'alibi', slopes: await saved([4, 1, 1], 'float32', [1, 2, 3, 4]) }, 4, {});
    expect(slopes.value(3, 1, 1)).toBe(-4);
    await expect(biasFrom({ bias: 'alibi', slopes: await saved([2, 2], 'float32', [1, 2, 3, 4]) }, 4, {})).rejects.toThrow(
      'got the shape [2, 2]',
    );
    const r = await saved([2, 2], 'float32', [1, 2, 3, 4]);
    await expect(biasFrom({ bias: 'kerple-log', r1: r, r2: '1,1,1,1' }, 4, {})).rejects.toThrow(
      'kerple-log.r1: got the shape [2, 2]',
    );
  });
});

describe('element types', () => {
  test.each(['uint16', 'int16'] as const)('%s as a table may be bits, and is refused', async (elements) => {
    const table = await saved([8, 2], elements, Array<number>(16).fill(17118));
    await expect(biasFrom({ ...T5, table }, 2, {})).rejects.toThrow(
      /may be the bits of half-precision numbers, .*array\.view\('float16'\)/,
    );
  });

  test.each([
    ['int64', '.npy', 3, 3],
    ['int32', '.npy', 3, 3],
    ['float16', '.npy', 0x3e00, 1.5],
    ['float16', '.safetensors', 0x3e00, 1.5],
    ['bfloat16', '.safetensors', 0x3fc0, 1.5],
  ] as const)('%s in %s goes in as numbers', async (elements, ending, stored, wanted) => {
    const table = await saved([8, 2], elements, Array<number>(16).fill(stored), ending);
    expect((await biasFrom({ ...T5, table }, 2, {})).value(0, 0, 0)).toBe(wanted);
  });
});

test('positions and segments of files are [tokens] or [batch, tokens]', async () => {
  const sizes = { batch: 2, queries: 3, keys: 3 };
  const read = async (shape: number[]): Promise<unknown> =>
    (await placementFrom({ positions: await saved(shape, 'int64') }, sizes, {})).positions;
  const six = Float64Array.of(0, 1, 2, 3, 4, 5);
  expect(await read([2, 3])).toEqual({ query: six, key: six });
  expect(await read([3])).toEqual({ query: six.slice(0, 3), key: six.slice(0, 3) });
  await expect(read([3, 2])).rejects.toThrow(/--positions: got the shape \[3, 2\].*wanted \[2, 3\]/);
  await expect(read([6])).rejects.toThrow('array.reshape(2, 3)');
  const segments = placementFrom({ 'key-segments': await saved([3, 2]), 'query-segments': '0,0,0' }, sizes, {});
  await expect(segments).rejects.toThrow('--key-segments: got the shape [3, 2]');
});
