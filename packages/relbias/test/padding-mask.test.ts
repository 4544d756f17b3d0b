// --attention-mask and --key-padding-mask: padding has no effect, whatever its pattern; anything but a key mask is refused.
import { planAttention } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placementFrom } from '../src/cli/placement-options.ts';
import type { StoredTensor } from '../src/files/element-types.ts';
import { writeTensors } from '../src/files/write.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'relbias-mask-'))));
afterAll(() => rm(folder, { recursive: true }));

let count = 0;
/** The path of a .npy file of this array. */
async function saved(elements: StoredTensor['elements'], shape: number[], bytes: readonly number[]): Promise<string> {
  const file = path.join(folder, `mask${(count += 1)}.npy`);
  await writeTensors('test', file, { mask: { elements, shape, bytes: Uint8Array.from(bytes) } });
  return file;
}

const sizes = { batch: 2, queries: 3, keys: 3 };
const place = (values: object, of = sizes): ReturnType<typeof placementFrom> => placementFrom(values, of, {});

/** The output of attention over values 1, 10, 100 with equal scores: the mean over the visible keys. */
async function means(values: object): Promise<number[]> {
  const { mask, queryStart, positions } = await place(values);
  const plan = planAttention({ ...sizes, heads: 1, headDim: 1, mask, queryStart, positions });
  const zeros = new Float32Array(6);
  const { output } = oracle(plan, zeros, zeros, Float32Array.of(1, 10, 100, 1, 10, 100));
  return Array.from(output, (mean) => Number(mean.toFixed(3)));
}

describe('patterns', () => {
  test.each([
    ['right padding', '1,1,0', [5.5, 5.5, 5.5]],
    ['left padding', '0,1,1', [55, 55, 55]],
    ['padding in between', '1,0,1', [50.5, 50.5, 50.5]],
    ['no padding', '1,1,1', [37, 37, 37]],
  ])('%s in every batch row', async (_, mask, row) => {
    expect(await means({ 'attention-mask': mask })).toEqual([...row, ...row]);
    const opposite = mask.replaceAll(/[01]/g, (one) => (one === '1' ? '0' : '1'));
    expect(await means({ 'key-padding-mask': opposite })).toEqual([...row, ...row]);
  });

  test('booleans of a file, one row each', async () => {
    const file = await saved('bool', [2, 3], [1, 1, 0, 1, 0, 0]);
    expect(await means({ 'attention-mask': file })).toEqual([5.5, 5.5, 5.5, 1, 1, 1]);
    expect(await means({ 'key-padding-mask': file })).toEqual([100, 100, 100, 55, 55, 55]);
  });

  test('together with a causal mask', async () => {
    expect(await means({ 'attention-mask': '0,1,1', causal: true })).toEqual([0, 10, 55, 0, 10, 55]);
  });

  test('together with segments, whichever labels these use', async () => {
    const mask = await saved('uint8', [2, 3], [1, 1, 1, 1, 0, 1]);
    expect(await means({ 'attention-mask': mask, segments: '0,0,1' })).toEqual([5.5, 5.5, 100, 1, 1, 100]);
    expect(await means({ 'attention-mask': mask, segments: '1,1,0' })).toEqual([5.5, 5.5, 100, 1, 1, 100]);
  });

  test('booleans are segments too', async () => {
    expect(await means({ segments: await saved('bool', [3], [1, 1, 0]) })).toEqual([5.5, 5.5, 100, 5.5, 5.5, 100]);
  });
});

describe('refusals', () => {
  test.each([
    [{ 'attention-mask': '1,1' }, '2 numbers, wanted [2, 3] or [3], [batch, keys]'],
    [{ 'attention-mask': '0,-1e9,0' }, '--attention-mask[1]: got -1000000000, wanted 0 or 1'],
    [
      { 'attention-mask': '0,0,0' },
      'a mask that hides every key, wanted a visible key. If the mask means the opposite, use --key-padding-mask',
    ],
    [{ 'key-padding-mask': '1,1,1' }, 'If the mask means the opposite, use --attention-mask'],
    [{ 'attention-mask': '1,1,1', 'key-padding-mask': '0,0,0' }, 'each is the opposite of the other'],
    [{ 'attention-mask': '1,1,0', segments: '0,1' }, 'mask.segments'],
  ])('%o', async (values, message) => {
    await expect(means(values)).rejects.toThrow(message);
  });

  test('a mask over pairs', async () => {
    const pairs = await saved('bool', [1, 1, 3, 3], [1, 0, 0, 1, 1, 0, 1, 1, 1]);
    await expect(means({ 'attention-mask': pairs })).rejects.toThrow(
      'the shape [1, 1, 3, 3], wanted [batch, keys] or [keys]. A mask over pairs of query and key is given by --causal',
    );
    const square = await saved('bool', [3, 3], [1, 0, 0, 1, 1, 0, 1, 1, 1]);
    await expect(means({ 'attention-mask': square })).rejects.toThrow('9 numbers of the shape [3, 3], wanted [2, 3] or [3]');
  });

  test('a mask in place of counts', async () => {
    const mask = await saved('bool', [2], [1, 1]);
    await expect(means({ 'key-lengths': mask })).rejects.toThrow(
      /got bool, which is a mask, wanted integers\. .*--attention-mask/,
    );
  });
});
