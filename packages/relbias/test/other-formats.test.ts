// Files of unsupported formats: each is named, with a hint. And unusual files that are supported.
import { tensor } from '@relbias/bias-spec';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredTensor } from '../src/files/element-types.ts';
import {
  alignInputs,
  decodeNpy,
  encodeNpy,
  encodeSafetensors,
  readSafetensors,
  toNumbers,
  toTensor,
} from '../src/files/index.ts';
import { parseReference, readTensor } from '../src/files/read.ts';
import { HEADER, npy, readWritten, refusal, shaped, zipped } from './hostile-files.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'relbias-formats-'))));
afterAll(() => rm(folder, { recursive: true }));

const read = (file: string, content: Uint8Array): Promise<StoredTensor> => readWritten(folder, file, content);
const small = npy(HEADER);
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const LFS = bytes('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n');
const PAGE = bytes('\n<!DOCTYPE html>\n<html lang="en"><head><title>Sign in</title></head></html>');
const PYTORCH = (): Promise<Buffer> => zipped([['archive/data.pkl', bytes('\x80\x02}q\x00.')]]);

describe('other formats by their first bytes, whatever the extension', () => {
  const files: readonly (readonly [name: string, make: () => Uint8Array | Promise<Uint8Array>, got: string, wayOut: string])[] = [
    ['a Git LFS pointer', () => LFS, 'a Git LFS pointer in place of the file', 'git lfs pull'],
    ['a web page', () => PAGE, 'a web page in place of the file', '/resolve/'],
    ['a gzip file', () => gzipSync(small), 'a gzip file', 'gunzip'],
    ['a zstd file', () => bytes('\x28\xb5\x2f\xfd more'), 'a compressed file', 'Unpack it first'],
    ['a PyTorch checkpoint', PYTORCH, 'a PyTorch checkpoint', 'safetensors.torch.save_file'],
    ['a pickle', () => bytes('\x80\x04\x95\x05\x00'), 'a Python pickle', 'np.save'],
    ['an ONNX model', () => bytes('\x08\x07\x12\x07pytorch\x1a\x05'), 'an ONNX model', 'numpy_helper.to_array'],
    ['a GGUF model', () => bytes('GGUF\x03\x00\x00\x00'), 'a GGUF model', 'GGUFReader'],
    ['an HDF5 file', () => bytes('\x89HDF\r\n\x1a\n'), 'an HDF5 file', 'h5py'],
    ["a server's error", () => bytes('Entry not found'), 'a text that begins "Entry not found"', 'an error of the server'],
    ['an empty file', () => Buffer.alloc(0), 'an empty file', 'Download or save it again'],
    ['zeros', () => Buffer.alloc(1000), 'a file that begins with zeros', 'Download it again'],
  ];
  test.each(files)('%s', async (_, make, got, wayOut) => {
    const content = await make();
    for (const name of ['a.npy', 'a.npz:x', 'a.npz']) {
      const message = await refusal(read(name, content));
      expect(message).toContain(`got ${got}, wanted a NumPy .np`);
      expect(message).toContain(wayOut);
    }
    expect(() => decodeNpy('page', content)).toThrow(got);
  });

  // There, zeros are the length of an empty header, and a few bytes are shorter than that length field.
  const long = files.filter(([name]) => name !== 'zeros');
  test.each(long)('%s as .safetensors', async (_, make, got, wayOut) => {
    const content = await make();
    const message = await refusal(read('a.safetensors:x', content));
    expect(message).toContain(`got ${got}, wanted a .safetensors file`);
    expect(message).toContain(wayOut);
    expect(() => readSafetensors(content)).toThrow(got);
  });

  test.each([
    ['a.npz', small, 'a NumPy .npy file, wanted a NumPy .npz file. Give it the extension .npy'],
    ['a.safetensors', small, 'a NumPy .npy file, wanted a .safetensors file'],
    ['a.npy', encodeSafetensors({ a: tensor(Float32Array.of(1), [1]) }), 'a .safetensors file, wanted a NumPy .npy file'],
  ])('%s that is another one of the formats that are read', async (name, content, message) => {
    expect(await refusal(read(name, content))).toContain(message);
  });

  test('a .safetensors file that was truncated within its header', async () => {
    const whole = encodeSafetensors({ a: tensor(Float32Array.of(1), [1]) });
    const message = await refusal(read('cut.safetensors:a', whole.subarray(0, 40)));
    expect(message).toContain('a header of 56 bytes in a file of 40, wanted a .safetensors file. It was cut short');
  });

  test('a .npz file under the name of a .npy file', async () => {
    expect(await refusal(read('a.npy', await zipped([['x.npy', small]])))).toContain('give it the extension .npz');
  });
});

describe('other formats by their extension', () => {
  test.each([
    ['model.pt', 'a PyTorch checkpoint'],
    ['pytorch_model.bin', 'a PyTorch checkpoint'],
    ['pytorch_model.bin:decoder.bias', 'a PyTorch checkpoint'],
    ['model.onnx', 'an ONNX model'],
    ['model.gguf', 'a GGUF model'],
    ['q.npy.gz', 'a gzip file'],
    ['weights.h5', 'an HDF5 file'],
    ['q.pkl', 'a Python pickle'],
    ['q.csv', 'a table'],
    ['flax_model.msgpack', 'a Flax checkpoint'],
  ])('%s', (reference, name) => {
    expect(() => parseReference('--query', reference)).toThrow(
      `"${reference}", ${name} by its name, wanted a file ending in .npy`,
    );
  });

  test('a name in a file of one array', () => {
    expect(() => parseReference('--query', 'q.npy:q')).toThrow('A .npy file holds one array');
  });
});

describe('.npy arrays of other kinds', () => {
  test.each([
    ["[('a', '<f4'), ('b', '<i8')]", 'a structured array with the fields a, b', "np.save(FILE, array['a'])"],
    ["[('x', '<f4', (3,))]", 'a structured array with the fields x', "array['x']"],
    ["'|O'", 'an array of Python objects (|O), which is a pickle', 'array.tolist()'],
    ["'<U2'", 'an array of texts (<U2)', "astype('float32')"],
    ["'<M8[D]'", 'an array of dates or times (<M8[D])', "astype('float32')"],
    ["'<c16'", 'complex numbers (<c16)', 'array.real'],
    ["'<f16'", 'elements of the type <f16', "astype('float32')"],
  ])('%s', (descr, got, wayOut) => {
    const decode = (): unknown => decodeNpy('a.npy', npy(HEADER.replace("'<f4'", descr)));
    expect(decode).toThrow(`a.npy: got ${got}, wanted floats of 16, 32 or 64 bits, integers or booleans`);
    expect(decode).toThrow(wayOut);
  });
});

describe('masks', () => {
  const mask: StoredTensor = { elements: 'bool', shape: [1, 3], bytes: Uint8Array.of(1, 255, 0) };

  test('are read as 0 and 1 in every format', async () => {
    const files = { 'm.npy': encodeNpy('m.npy', mask), 'm.safetensors': encodeSafetensors({ mask }) };
    for (const [name, content] of Object.entries(files)) {
      const stored = await read(name, content);
      expect([stored.elements, ...toNumbers('mask', stored)]).toEqual(['bool', 1, 1, 0]);
    }
  });

  test('are refused as a tensor, with a hint where they belong', () => {
    expect(() => toTensor('query', mask)).toThrow(/got bool, which is a mask.*--attention-mask.*mask\.keyLengths/);
  });
});

describe('a model in several files', () => {
  const shard = (value: number): Uint8Array => encodeSafetensors({ [`layer.${value}`]: tensor(Float32Array.of(value), [1]) });
  const index = (map: object): Promise<void> =>
    writeFile(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
  const readFrom = (name: string): Promise<StoredTensor> =>
    readTensor('--table', parseReference('--table', path.join(folder, `model.safetensors.index.json${name}`)));

  test('is read through its index', async () => {
    await writeFile(path.join(folder, 'model-1-of-2.safetensors'), shard(1));
    await writeFile(path.join(folder, 'model-2-of-2.safetensors'), shard(2));
    await index({ 'layer.1': 'model-1-of-2.safetensors', 'layer.2': 'model-2-of-2.safetensors' });
    expect([...toNumbers('table', await readFrom(':layer.2'))]).toEqual([2]);
    expect(await refusal(readFrom(':layre.1'))).toContain('Did you mean "layer.1"?');
    expect(await refusal(readFrom(''))).toContain('wanted one of the arrays in the file (layer.1, layer.2). Write FILE:NAME.');
  });

  test.each([
    [{ a: 'absent.safetensors' }, 'shard', 'no such file'],
    [{ a: '../model-1-of-2.safetensors' }, 'the file "../model-1-of-2.safetensors" for "a"', 'in the folder of the index'],
    [{ a: 'pytorch_model.bin' }, 'the file "pytorch_model.bin" for "a"', 'a .safetensors file in the folder of the index'],
    [[], 'JSON without a weight_map', '{ "weight_map": { NAME: FILE } }'],
  ])('%o is refused', async (map, ...words) => {
    await index(map);
    const message = await refusal(readFrom(':a'));
    for (const word of words) expect(message).toContain(word);
  });
});

describe('functions of relbias/files', () => {
  const file = encodeSafetensors({
    q: tensor(Float32Array.of(1, 2), [2]),
    table: { elements: 'uint8', shape: [1], bytes: Uint8Array.of(7) },
  });

  test('readSafetensors reads bytes by name, from a Uint8Array or an ArrayBuffer', () => {
    for (const given of [file, file.buffer as ArrayBuffer]) {
      const { names, read: one } = readSafetensors(given);
      expect(names).toEqual(['q', 'table']);
      expect(toTensor('q', one('q')).data).toEqual(Float32Array.of(1, 2));
      expect([...toNumbers('table', one('table'))]).toEqual([7]);
    }
  });

  const calls: readonly (readonly [string, () => unknown, string])[] = [
    ['an unknown name', () => readSafetensors(file).read('tabel'), 'wanted one of q, table. Did you mean "table"?'],
    [
      'a tensor above the limit',
      () => readSafetensors(file, 'f', { maxBytes: 7 }).read('q'),
      'takes 8 bytes of memory, wanted at most 7',
    ],
    [
      'a path',
      () => readSafetensors('model.safetensors' as never),
      'got "model.safetensors", wanted a Uint8Array or an ArrayBuffer',
    ],
    ['a promise', () => readSafetensors(Promise.resolve(file) as never), 'got a Promise, wanted a Uint8Array or an ArrayBuffer'],
    [
      'bytes without a name',
      () => decodeNpy(small as never, undefined as never),
      "wanted the name of the file, for errors. Write: decodeNpy('NAME'",
    ],
    [
      'an array without a name',
      () => toTensor(decodeNpy('a', small) as never, undefined as never),
      "Write: toTensor('NAME', array).",
    ],
    ['numbers without an array', () => toNumbers('a', undefined as never), 'got "a" and undefined, wanted a name'],
    [
      'numbers that do not fill their shape',
      () => encodeNpy('a', { data: new Float32Array(3), shape: [2, 2], dtype: 'float32' }),
      'encodeNpy, a: got 12 bytes of data, wanted 16 for float32 in the shape [2, 2]',
    ],
    [
      'bytes that do not fill their shape',
      () => encodeSafetensors({ q: { elements: 'int64', shape: [2], bytes: new Uint8Array(8) } }),
      'encodeSafetensors, q: got 8 bytes of data, wanted 16 for int64 in the shape [2]',
    ],
    [
      'numbers of another type than their dtype',
      () => encodeSafetensors({ q: { data: new Int32Array(1) as never, shape: [1], dtype: 'float32' } }),
      'encodeSafetensors, q: got dtype float32 over an Int32Array of 1, wanted a Float32Array',
    ],
    ['a typed array to write', () => encodeNpy('a', Float32Array.of(1) as never), 'got a Float32Array of 1, wanted a tensor'],
    [
      'nothing to write',
      () => encodeSafetensors({ q: undefined as never }),
      'encodeSafetensors, q: got undefined, wanted a tensor',
    ],
    [
      'two tensors of three',
      () => alignInputs({ query: tensor(Float32Array.of(1), [1, 1]) } as never),
      'key: got undefined, wanted a tensor',
    ],
  ];
  test.each(calls)('%s is refused', (_, call, message) => {
    expect(call).toThrow(message);
  });

  test('tensors are written unchanged', () => {
    const q = tensor(Float32Array.of(1, 2, 3), [3]);
    expect(toTensor('q', decodeNpy('q', encodeNpy('q', q)))).toEqual(q);
    expect(decodeNpy('page', new Uint8Array(npy(shaped('(2,)'))).buffer).shape).toEqual([2]);
  });
});
