// relbias attend: it writes the result of attention(), from every file format, element type and rank.
import type { AttentionOptions } from '../src/index.ts';
import type { Tensor } from '@relbias/bias-spec';
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from '@relbias/bias-spec';
import { bellShaped, seeded } from '@relbias/conformance';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toTensor } from '../src/files/element-types.ts';
import { parseReference, readTensor } from '../src/files/read.ts';
import { toStored } from '../src/files/element-types.ts';
import { writeTensors } from '../src/files/write.ts';
import { alibi, attention, t5, tensor } from '../src/index.ts';
import { relbias } from './program.ts';

const SHAPES = { query: [2, 4, 5, 8], key: [2, 2, 7, 8], value: [2, 2, 7, 3] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-attend-'));
});
afterAll(() => rm(folder, { recursive: true }));

function drawn(name: string, shape: readonly number[]): Tensor {
  const random = seeded(name);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tensor(
    Float32Array.from({ length: size }, () => bellShaped(random)),
    shape,
  );
}

const inputs = { query: drawn('query', SHAPES.query), key: drawn('key', SHAPES.key), value: drawn('value', SHAPES.value) };

function save(name: string, tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  const stored = Object.entries(tensors).map(([key, one]) => [key, toStored(one)] as const);
  return writeTensors('test', path.join(folder, name), Object.fromEntries(stored));
}

async function load(reference: string): Promise<Tensor> {
  return toTensor('test', await readTensor('test', parseReference('test', path.join(folder, reference))));
}

async function attend(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await relbias(['attend', ...args, '--backend', 'cpu:naive'], { cwd: folder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

function wanted(options: AttentionOptions, { query, key, value } = inputs): ReturnType<typeof attention> {
  return attention(query, key, value, { ...options, backend: 'cpu:naive', logSumExp: true });
}

describe('options reach the problem', () => {
  const positions = { query: [3, 1, 4, 1, 5], key: [9, 2, 6, 5, 3, 5, 8] };
  const segments = { query: [0, 0, 1, 1, 2], key: [0, 0, 0, 1, 1, 2, 2] };
  const cases: readonly (readonly [string, AttentionOptions])[] = [
    ['', {}],
    ['--causal', { mask: { causal: true } }],
    ['--window-left 2 --window-right 1', { mask: { window: { left: 2, right: 1 } } }],
    ['--key-lengths 7,3 --query-start 2,-2', { mask: { keyLengths: [7, 3] }, queryStart: [2, -2] }],
    ['--query-segments 0,0,1,1,2 --key-segments 0,0,0,1,1,2,2', { mask: { segments } }],
    ['--query-start 0 --causal', { queryStart: 0, mask: { causal: true } }],
    ['--query-start -2,4 --causal', { queryStart: [-2, 4], mask: { causal: true } }],
    ['--query-positions 3,1,4,1,5 --key-positions 9,2,6,5,3,5,8', { positions }],
    ['--convention before-scaling', { convention: 'before-scaling' }],
    ['--scale 0.5 --bias-scale -2', { scale: 0.5, biasScale: -2 }],
    ['--softcap 1.5', { softcap: 1.5 }],
  ];
  test.each(cases)('alibi %s', async (text, options) => {
    await save('qkv.npz', { ...inputs });
    await attend(
      'qkv.npz',
      '--bias',
      'alibi',
      ...text.split(' ').filter((one) => one !== ''),
      '--out',
      'out.npz',
      '--lse',
      'out.npz',
    );
    const { output, logSumExp } = await wanted({ ...options, bias: alibi({ heads: 4 }) });
    expect(await load('out.npz:output')).toEqual(output);
    expect(await load('out.npz:logSumExp')).toEqual(logSumExp);
  });

  test('one list for both queries and keys', async () => {
    const square = drawn('square', [1, 2, 6, 4]);
    await save('square.npy', { it: square });
    const files = ['--query', 'square.npy', '--key', 'square.npy', '--value', 'square.npy'];
    await attend(...files, '--segments', '0,0,0,1,1,1', '--positions', '0,1,2,0,1,2', '--bias', 'alibi', '--out', 'packed.npy');
    const ids = { query: [0, 0, 0, 1, 1, 1], key: [0, 0, 0, 1, 1, 1] };
    const places = { query: [0, 1, 2, 0, 1, 2], key: [0, 1, 2, 0, 1, 2] };
    const options = { bias: alibi({ heads: 2 }), mask: { segments: ids }, positions: places };
    const { output } = await wanted(options, { query: square, key: square, value: square });
    expect(await load('packed.npy')).toEqual(output);
  });
});

test('--numerics reproducible has the bits of every other backend', async () => {
  await save('qkv.npz', { ...inputs });
  const options = ['qkv.npz', '--bias', 'alibi', '--numerics', 'reproducible', '--backend', 'cpu:online', '--out', 'exact.npy'];
  expect(await relbias(['attend', ...options], { cwd: folder })).toMatchObject({ status: 0, stderr: '' });
  const { query, key, value } = inputs;
  const { output } = await attention(query, key, value, {
    bias: alibi({ heads: 4 }),
    numerics: 'reproducible',
    backend: 'cpu:wasm',
  });
  expect(await load('exact.npy')).toEqual(output);
});

describe('files', () => {
  test('a file for each tensor, an array of a larger file, and short names', async () => {
    await save('query.npy', { it: inputs.query });
    await save('kv.safetensors', { 'layer.k': inputs.key, 'layer.v': inputs.value });
    await attend(
      '--query',
      'query.npy',
      '--key',
      'kv.safetensors:layer.k',
      '--value',
      'kv.safetensors:layer.v',
      '--out',
      'one.safetensors',
    );
    await save('short.safetensors', { q: inputs.query, k: inputs.key, v: inputs.value });
    await attend('short.safetensors', '--out', 'two.npy');
    const { output } = await wanted({});
    expect(await load('one.safetensors')).toEqual(output);
    expect(await load('two.npy')).toEqual(output);
  });

  test.each([
    ['float16', numberToFloat16, float16ToNumber, 'npz'],
    ['bfloat16', numberToBfloat16, bfloat16ToNumber, 'safetensors'],
  ] as const)('%s inputs are read exactly', async (dtype, narrow, widen, format) => {
    const narrowed = ({ data, shape }: Tensor): Tensor => ({
      data: Uint16Array.from(data as Float32Array, narrow),
      shape,
      dtype,
    });
    const widened = ({ data, shape }: Tensor): Tensor => tensor(Float32Array.from(data as Uint16Array, widen), shape);
    const halves = { query: narrowed(inputs.query), key: narrowed(inputs.key), value: narrowed(inputs.value) };
    await save(`${dtype}.${format}`, halves);
    await attend(`${dtype}.${format}`, '--out', `${dtype}.npy`);
    const exact = { query: widened(halves.query), key: widened(halves.key), value: widened(halves.value) };
    expect(await load(`${dtype}.npy`)).toEqual((await wanted({}, exact)).output);
  });

  test.each([
    [2, [6, 4], [6, 4], [6]],
    [3, [2, 6, 4], [2, 6, 4], [2, 6]],
    [4, [1, 2, 6, 4], [1, 2, 6, 4], [1, 2, 6]],
  ])('%i axes in, as many out', async (rank, shape, outShape, lseShape) => {
    const square = drawn('ranks', shape);
    await save(`rank${rank}.npy`, { it: square });
    const name = `rank${rank}.npy`;
    await attend('--query', name, '--key', name, '--value', name, '--out', `out${rank}.npy`, '--lse', `lse${rank}.npy`);
    const promoted = tensor(square.data as Float32Array, [...[1, 1, 1, 1].slice(shape.length), ...shape]);
    const { output, logSumExp } = await wanted({}, { query: promoted, key: promoted, value: promoted });
    expect(await load(`out${rank}.npy`)).toEqual({ ...output, shape: outShape });
    expect(await load(`lse${rank}.npy`)).toEqual({ ...logSumExp, shape: lseShape });
  });
});

test('reports what ran, and table entries that are never read', async () => {
  const table = Float32Array.from({ length: 32 * 4 }, (_, index) => index / 100);
  await save('named.npz', { ...inputs });
  await save('table.npy', { it: tensor(table, [32, 4]) });
  const args = ['attend', 'named.npz', '--bias', 't5', '--table', 'table.npy', '--out', 'said.npy', '--backend', 'cpu:naive'];
  const { status, stdout, stderr } = await relbias(args, { cwd: folder });
  expect(status).toBe(0);
  expect(stderr).toMatch(/^note: No distance falls into bucket 16: .*\n$/);
  expect(stdout.replace(/[\d.]+ ms/, 'T ms')).toMatchInlineSnapshot(`
    "bias      t5
    problem   batch 2, heads 4 over 2 key/value heads, queries 5, keys 7, dim 8
    ran on    cpu naive (JavaScript, 1 thread), T ms
    output    2 x 4 x 5 x 3 float32 in said.npy
    "
  `);
  expect(await load('said.npy')).toEqual((await wanted({ bias: t5({ heads: 4, table }) })).output);
});
