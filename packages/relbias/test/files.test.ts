// Tensor files: files written by NumPy and safetensors (fixtures/generate.py) and by this package are read exactly, others are refused.
import { numberToBfloat16, numberToFloat16 } from '@relbias/bias-spec';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ElementName, StoredTensor } from '../src/files/element-types.ts';
import { toNumbers, toTensor } from '../src/files/element-types.ts';
import { parseReference, readTensor } from '../src/files/read.ts';
import { toStored } from '../src/files/element-types.ts';
import { writeTensors } from '../src/files/write.ts';

const fixtures = path.join(import.meta.dirname, 'fixtures');

/** As in generate.py. */
const NUMBERS = Array.from({ length: 24 }, (_, index) => (index - 11.5) * 0.25);
const CUBE = [2, 3, 4];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(reference: string, preferred: readonly string[] = [], root = fixtures): Promise<StoredTensor> {
  return readTensor('file', parseReference('file', path.join(root, reference)), preferred);
}

async function numbersOf(reference: string, preferred?: readonly string[]): Promise<number[]> {
  return [...toNumbers('file', await read(reference, preferred))];
}

describe('files of other writers', () => {
  test.each([
    ['float16.npy', 'float16'],
    ['float32.npy', 'float32'],
    ['float64.npy', 'float64'],
    ['fortran.npy', 'float32'],
    ['version2.npy', 'float32'],
    ['compressed.npz', 'float32'],
    ['several.npz:query', 'float32'],
    ['several.npz:key', 'float16'],
    ['several.safetensors:float32', 'float32'],
    ['several.safetensors:float16', 'float16'],
    ['several.safetensors:bfloat16', 'bfloat16'],
    ['several.safetensors:float64', 'float64'],
  ])('%s', async (reference, elements) => {
    const stored = await read(reference);
    expect(stored.elements).toBe(elements);
    expect(stored.shape).toEqual(CUBE);
    expect([...toNumbers('file', stored)]).toEqual(NUMBERS);
  });

  test('integers, a scalar, the edges of float16', async () => {
    expect(await numbersOf('int64.npy')).toEqual([-3, -2, -1, 0, 1, 2]);
    expect(await numbersOf('several.safetensors:int64')).toEqual([-3, -2, -1, 0, 1, 2]);
    expect(await numbersOf('scalar.npy')).toEqual([7]);
    expect(await numbersOf('edges-float16.npy')).toEqual([65504, -65504, 2 ** -24, -(2 ** -14), Infinity, -0]);
  });

  test('preferred names choose among several arrays', async () => {
    expect(await numbersOf('several.npz', ['value', 'lengths'])).toEqual([3, 2]);
  });
});

describe('files of this package are read back', () => {
  const bits: Readonly<Record<string, (value: number) => number>> = { float16: numberToFloat16, bfloat16: numberToBfloat16 };
  const sample = (elements: ElementName): StoredTensor => {
    const data = elements === 'float32' ? Float32Array.from(NUMBERS) : Uint16Array.from(NUMBERS, bits[elements]);
    return { elements, shape: CUBE, bytes: new Uint8Array(data.buffer) };
  };
  test.each([
    ['.npy', 'float32'],
    ['.npy', 'float16'],
    ['.npz', 'float32'],
    ['.npz', 'float16'],
    ['.safetensors', 'float32'],
    ['.safetensors', 'float16'],
    ['.safetensors', 'bfloat16'],
  ] as const)('%s of %s', async (extension, elements) => {
    const name = `${elements}${extension}`;
    await writeTensors('out', path.join(folder, name), { only: sample(elements) });
    const stored = await read(name, [], folder);
    expect(stored).toMatchObject({ elements, shape: CUBE });
    expect([...toNumbers('file', stored)]).toEqual(NUMBERS);
  });

  test('byte for byte as NumPy writes it', async () => {
    await writeTensors('out', path.join(folder, 'same.npy'), { only: sample('float32') });
    expect(await readFile(path.join(folder, 'same.npy'))).toEqual(await readFile(path.join(fixtures, 'float32.npy')));
  });

  test('several arrays, whatever the length of their names and their order', async () => {
    const one = toStored({ data: Float32Array.of(1, 2, 3), shape: [3], dtype: 'float32' });
    const two = toStored({ data: Float32Array.of(4), shape: [1, 1], dtype: 'float32' });
    for (const extension of ['.npz', '.safetensors']) {
      const file = path.join(folder, `both${extension}`);
      await writeTensors('out', file, { one, 'a much longer name': two });
      expect([...toNumbers('file', await readTensor('file', parseReference('file', `${file}:one`)))]).toEqual([1, 2, 3]);
      expect([...toNumbers('file', await readTensor('file', parseReference('file', `${file}:a much longer name`)))]).toEqual([4]);
    }
  });
});

describe('refusals and their messages', () => {
  test.each([
    ['big-endian.npy', "big-endian elements (>f4), wanted little-endian elements. In NumPy: array.astype('<f4')."],
    ['complex.npy', 'complex numbers (<c8), wanted floats of 16, 32 or 64 bits, integers or booleans'],
    ['absent.npy', 'no such file, wanted a readable file'],
    ['generate.py', 'wanted a file ending in .npy, .npz, .safetensors'],
    ['several.npz', 'no name, wanted one of the arrays in the file (query, key, lengths). Write FILE:NAME.'],
    ['several.npz:value', 'the name "value", wanted one of the arrays in the file (query, key, lengths)'],
    ['several.safetensors:float8', 'elements of the type F8_E4M3, wanted F32, F16, BF16'],
    ['several.safetensors', 'no name, wanted one of the arrays in the file (int64, float64, float32'],
  ])('%s', async (reference, message) => {
    await expect(read(reference)).rejects.toThrow(message);
  });

  test('a folder in place of a file', async () => {
    await expect(readTensor('file', { path: fixtures, format: '.npy' })).rejects.toThrow('a folder, wanted a readable file');
  });

  // Every prefix of every kind of file: each must give a RelbiasError, never a tensor.
  test.each(['float32.npy', 'compressed.npz', 'several.safetensors:float64'])('%s truncated anywhere', async (reference) => {
    const [file, name] = reference.split(':');
    const whole = await readFile(path.join(fixtures, file));
    // The last tensor of the safetensors file begins after float64 ends: cut before that.
    const end = name === undefined ? whole.length : whole.length - 216;
    const cut = path.join(folder, `cut-${file}`);
    for (let length = 0; length < end; length += 7) {
      await writeFile(cut, whole.subarray(0, length));
      const tensor = readTensor('file', parseReference('file', name === undefined ? cut : `${cut}:${name}`));
      await expect(tensor, `${length} bytes`).rejects.toMatchObject({ name: expect.stringMatching(/^(Parameter|Shape)Error$/) });
    }
  });

  test('a flipped bit in an archive', async () => {
    const whole = await readFile(path.join(fixtures, 'several.npz'));
    const at = whole.indexOf(Buffer.from(Float32Array.from(NUMBERS).buffer));
    expect(at).toBeGreaterThan(0);
    whole[at + 40] ^= 1;
    await writeFile(path.join(folder, 'flipped.npz'), whole);
    await expect(read('flipped.npz:query', [], folder)).rejects.toThrow('a broken zip archive');
    expect((await read('flipped.npz:key', [], folder)).shape).toEqual(CUBE);
  });

  test.each([
    ['not JSON', 'hello', 'header: got invalid JSON ('],
    ['a list', '[1]', 'a header that is not an object'],
    ['an entry without offsets', '{"a":{"dtype":"F32","shape":[1]}}', 'whose entry "a" lacks dtype, shape or data_offsets'],
    ['a negative extent', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 'whose entry "a" lacks'],
    [
      'offsets that do not fit',
      '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}',
      'data from byte 0 to 4, wanted 12 bytes for F32',
    ],
    ['data past the end', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', '"a" at bytes 0 to 8 of 4, wanted'],
  ])('a safetensors header with %s', async (_, header, message) => {
    const file = new Uint8Array(8 + header.length + 4);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    file.set(new TextEncoder().encode(header), 8);
    await writeFile(path.join(folder, 'bad.safetensors'), file);
    await expect(read('bad.safetensors', [], folder)).rejects.toThrow(message);
  });

  test('element types that attention does not support', async () => {
    expect(toTensor('query', await read('several.safetensors:bfloat16')).dtype).toBe('bfloat16');
    const wide = await read('float64.npy');
    expect(() => toTensor('query', wide)).toThrow(
      "query: got float64, wanted float32, float16 or bfloat16. In NumPy: array.astype('float32').",
    );
  });

  test('two arrays or bfloat16 in a .npy file, and a folder that does not exist', async () => {
    const one = toStored({ data: Float32Array.of(1), shape: [1], dtype: 'float32' });
    const half = toStored({ data: Uint16Array.of(1), shape: [1], dtype: 'bfloat16' });
    await expect(writeTensors('--out', path.join(folder, 'x.npy'), { a: one, b: one })).rejects.toThrow(
      'one array in a .npy file',
    );
    await expect(writeTensors('--out', path.join(folder, 'x.npy'), { a: half })).rejects.toThrow('got bfloat16');
    await expect(writeTensors('--out', path.join(folder, 'none', 'x.npy'), { a: one })).rejects.toThrow(
      'cannot be written (ENOENT)',
    );
  });
});
