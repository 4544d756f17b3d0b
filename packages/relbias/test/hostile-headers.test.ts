// Files with false or malformed headers: each is refused with a RelbiasError. Unusual but valid files are read.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoredTensor } from '../src/files/element-types.ts';
import { toNumbers, toTensor } from '../src/files/element-types.ts';
import type { ReadLimits } from '../src/files/index.ts';
import { decodeNpy, encodeSafetensors, readSafetensor, readSafetensorsHeader } from '../src/files/index.ts';
import { HEADER, npy, readWritten, refusal, shaped, zipped } from './hostile-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-hostile-'));
});
afterAll(() => rm(folder, { recursive: true }));

const read = (file: string, content: Uint8Array, limits?: ReadLimits): Promise<StoredTensor> =>
  readWritten(folder, file, content, limits);

describe('.npy', () => {
  test.each([
    ['a negative extent', npy(shaped('(-2,)')), 'a header whose shape is (-2,)'],
    ['two negative ones', npy(shaped('(-1, -2)')), 'a header whose shape is (-1, -2)'],
    ['an extent that is no integer', npy(shaped('(2.0,)')), 'a header whose shape is (2.0,)'],
    ['an extent beyond 2^53', npy(shaped('(99999999999999999999,)')), 'a header whose shape is'],
    ['a shape that is a number', npy(shaped('(2)')), 'a header whose shape is (2)'],
    ['a product beyond 2^53', npy(shaped(`(${'4294967296, '.repeat(40)})`)), '8 bytes of data, wanted'],
    ['more axes than NumPy has', npy(shaped(`(${'1, '.repeat(65)})`)), 'a header whose shape is (1, 1'],
    [
      'native byte order',
      npy(shaped('(2,)', '=f4')),
      "without a byte order of their own (=f4), wanted little-endian elements. In NumPy: array.astype('<f4')",
    ],
    ['no byte order', npy(shaped('(2,)', '|f4')), 'without a byte order of their own (|f4)'],
    ['no mark at all', npy(shaped('(2,)', 'f4')), 'elements of the type f4'],
    ['an unknown mark', npy(shaped('(2,)', '~f4')), 'elements of the type ~f4'],
    [
      'big-endian integers',
      npy(shaped('(1,)', '>i8')),
      "big-endian elements (>i8), wanted little-endian elements. In NumPy: array.astype('<i8')",
    ],
    [
      'bfloat16 as NumPy writes it',
      npy(shaped('(4,)', '<V2')),
      "elements of the type <V2, which NumPy writes for bfloat16, wanted floats of 16, 32 or 64 bits, integers or booleans. In NumPy: array.astype('float32'), before saving.",
    ],
    [
      'fields',
      npy(HEADER.replace("'<f4'", "[('a', '<f4'), ('b', '<i8')]")),
      "a structured array with the fields a, b, wanted floats of 16, 32 or 64 bits, integers or booleans. Save one field: np.save(FILE, array['a']).",
    ],
    ['objects', npy(shaped('(1,)', '|O')), 'an array of Python objects (|O), which is a pickle'],
    ['version 0', npy(HEADER, [0, 0]), 'version 0.0 of .npy, wanted version 1.0, 2.0 or 3.0'],
    ['version 4', npy(HEADER, [4, 0]), 'version 4.0 of .npy'],
    ['version 1.1', npy(HEADER, [1, 1]), 'version 1.1 of .npy'],
    ['a key twice', npy(HEADER.replace('}', "'shape': (1, 2), }")), 'a header with the key "shape" twice'],
    ['a strange key', npy(HEADER.replace('}', "'extra': True, }")), 'a header with the key "extra"'],
    ['a key that is missing', npy("{'descr': '<f4', 'shape': (2,), }"), 'the header {'],
    ['an order that is no truth', npy(HEADER.replace('False', 'None')), 'a header whose fortran_order is None'],
    ['code in its header', npy(HEADER.replace('False', '__import__("os")')), 'the header {'],
    ['escapes in its header', npy(HEADER.replace('False', '\u001b[2J')), 'the header {'],
    ['a header beyond its end', npy(HEADER, [1, 0], 0).subarray(0, 30), 'a file that ends within its header'],
    [
      'a header of 4 GiB',
      Buffer.concat([Buffer.from('\x93NUMPY\x02\x00', 'latin1'), Buffer.alloc(4, 0xff), Buffer.alloc(99)]),
      'a header of 4294967295 bytes',
    ],
    ['a header of nothing', npy(''), 'a header of 0 bytes'],
    ['bytes behind the data', npy(HEADER, [1, 0], 9), '9 bytes of data, wanted 8'],
    ['too little data', npy(HEADER, [1, 0], 7), '7 bytes of data, wanted 8'],
    ['nothing', new Uint8Array(0), 'an empty file'],
  ])('%s', async (_, file, message) => {
    expect(await refusal(read('bad.npy', file))).toContain(message);
    // From bytes too, as in a page.
    expect(() => decodeNpy('page', file)).toThrow(message);
  });

  test.each([
    ['an empty array', shaped('(0,)'), 0, [0]],
    [
      'an empty one of endless extents',
      shaped('(9007199254740991, 0, 9007199254740991)'),
      0,
      [9007199254740991, 0, 9007199254740991],
    ],
    ['no axes', shaped('()'), 4, []],
    ['Python 2', shaped('(2L, 1L)'), 8, [2, 1]],
    ['double quotes', HEADER.replaceAll("'", '"'), 8, [2]],
    ['unicode literals of Python 2', HEADER.replaceAll(/'(?=[df<s])/g, "u'"), 8, [2]],
    ['booleans', shaped('(8,)', '|b1'), 8, [8]],
    ['one byte in any order', shaped('(8,)', '>i1'), 8, [8]],
  ])('%s is read', async (_, header, bytes, shape) => {
    expect((await read('good.npy', npy(header, [3, 0], bytes))).shape).toEqual(shape);
  });
});

describe('.safetensors', () => {
  const file = (header: string | Uint8Array, dataBytes = 8, length?: bigint): Uint8Array => {
    const text = Buffer.from(header as string);
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(length ?? BigInt(text.length));
    return Buffer.concat([start, text, Buffer.alloc(dataBytes)]);
  };
  const entry = (from: number, to: number, shape = `[${(to - from) / 4}]`): string =>
    `{"dtype":"F32","shape":${shape},"data_offsets":[${from},${to}]}`;
  test.each([
    ['a name twice', file(`{"a":${entry(0, 4)},"a":${entry(4, 8)}}`), 'the key "a" twice in one object'],
    ['a name twice in two spellings', file(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`), 'the key "a" twice'],
    ['a field twice', file(`{"a":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}`), 'the key "dtype" twice'],
    [
      'tensors that overlap',
      file(`{"a":${entry(0, 8)},"b":${entry(4, 8)}}`),
      '"b" at bytes 4 to 8 of 8, wanted a .safetensors file, whose tensors lie end to end',
    ],
    ['the same bytes twice', file(`{"a":${entry(0, 8)},"b":${entry(0, 8)}}`), '"b" at bytes 0 to 8'],
    ['a gap', file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), '"b" at bytes 8 to 12 of 12'],
    ['a gap in front', file(`{"a":${entry(4, 8)}}`), '"a" at bytes 4 to 8 of 8'],
    [
      'an end before its beginning',
      file(`{"a":${entry(0, 8)},"b":{"dtype":"F32","shape":[0],"data_offsets":[8,4]}}`),
      '"b" at bytes 8 to 4',
    ],
    ['bytes that no tensor has', file(`{"a":${entry(0, 8)}}`, 12), '12 bytes of data, but a header for 8 of them'],
    ['an end outside the file', file(`{"a":${entry(0, 4000)}}`), '"a" at bytes 0 to 4000 of 8'],
    [
      'offsets beyond 2^53',
      file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e300]}}'),
      'lacks dtype, shape or data_offsets',
    ],
    ['a shape beyond 2^53', file(`{"a":${entry(0, 8, '[4294967296,4294967296,4294967296]')}}`), 'data from byte 0 to 8, wanted'],
    ['a negative extent', file(`{"a":${entry(0, 8, '[-2]')}}`), 'lacks dtype, shape or data_offsets'],
    ['a header of 2^63 bytes', file('{}', 8, 2n ** 63n), 'a header of 9223372036854776000 bytes in a file of'],
    ['a header that nests', file(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), 'JSON nested deeper than 16 levels'],
    ['quotes without end', file(`{"a":"${'\\"'.repeat(2_000_000)}`), 'invalid JSON (Unterminated string'],
    [
      'a name of 20 million characters',
      file(`{"${'x'.repeat(20_000_000)}":1}`),
      'xxx... (19999920 characters more)" lacks dtype',
    ],
    ['a name of escapes', file(`{"${'\\"'.repeat(10_000_000)}":1}`), ' lacks dtype, shape or data_offsets'],
    ['a header that is not UTF-8', file(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 'a text that is not UTF-8'],
    ['escapes in a name', file(`{"\\u001b[2J\\u0000\\u202e":1}`), 'entry "\\u{1b}[2J\\u{0}\\u{202e}" lacks'],
    [
      'escapes in a type',
      file('{"a":{"dtype":"\\u001b[2J","shape":[2],"data_offsets":[0,8]}}'),
      'elements of the type \\u{1b}[2J',
    ],
  ])('%s', async (_, content, message) => {
    expect(await refusal(read('bad.safetensors:a', content))).toContain(message);
  });

  test('names of built-in object properties are ordinary names', async () => {
    const one = (value: number): StoredTensor => ({ elements: 'uint8', shape: [1], bytes: Uint8Array.of(value) });
    const names = ['__proto__', 'constructor', 'toString'];
    const content = encodeSafetensors(Object.fromEntries(names.map((name, index) => [name, one(index)])));
    for (const [index, name] of names.entries()) {
      expect((await read(`names.safetensors:${name}`, content)).bytes).toEqual(Uint8Array.of(index));
      expect(await refusal(read(`one.safetensors:${name}`, encodeSafetensors({ a: one(1) })))).toContain(`the name "${name}"`);
    }
    const source = { size: content.length, read: async (start: number, end: number) => content.subarray(start, end) };
    const header = await readSafetensorsHeader('page', source);
    expect(await refusal(readSafetensor('page', source, header, 'valueOf'))).toContain('a name that the file does not hold');
  });
});

describe('.npz', () => {
  const small = npy(HEADER);
  /** Overwrites bytes of the first central entry, or of the record after it. */
  const patched = async (change: (file: Buffer, entry: number, end: number) => void, names = ['a.npy']): Promise<Buffer> => {
    const file = await zipped(names.map((name) => [name, small]));
    change(file, file.indexOf('PK\x01\x02', 'latin1'), file.indexOf('PK\x05\x06', 'latin1'));
    return file;
  };
  test.each([
    [
      'encrypted',
      () => patched((file, entry) => (file[entry + 8] |= 1)),
      'a: got an encrypted archive, wanted one without a password. Unpack it',
    ],
    ['strongly encrypted', () => patched((file, entry) => (file[entry + 8] |= 0x41)), 'got an encrypted archive'],
    [
      'packed by another method',
      () => patched((file, entry) => (file[entry + 10] = 93)),
      'the compression method 93, wanted none (0) or deflate (8)',
    ],
    [
      'two arrays of one name',
      () =>
        zipped([
          ['a.npy', small],
          ['a.npy', small],
        ]),
      'two arrays of the name a',
    ],
    [
      'fewer entries counted than there are',
      () => patched((file, _, end) => file.writeUInt16LE(1, end + 10), ['a.npy', 'b.npy']),
      'more entries than the 1 that its directory counts',
    ],
    ['more entries counted', () => patched((file, _, end) => file.writeUInt16LE(3, end + 10)), 'a broken zip archive'],
    ['another name where it stands', () => patched((file) => (file[30] = 0x62)), 'a.npy is called b.npy in its own header'],
    ['a wrong checksum', () => patched((file, entry) => (file[entry + 16] ^= 1)), 'a.npy has a wrong checksum'],
    [
      'a place outside the file',
      () => patched((file, entry) => file.writeUInt32LE(2 ** 31, entry + 42)),
      'bytes 2147483648 to 2147483678 of a file of',
    ],
    [
      'a directory outside the file',
      () => patched((file, _, end) => file.writeUInt32LE(2 ** 31, end + 16)),
      'bytes 2147483648 to 2147483694 of a file of',
    ],
    [
      'a path out of the folder',
      () =>
        patched(
          (file) => {
            for (let from = file.indexOf('x/aa/b.npy'); from !== -1; from = file.indexOf('x/aa/b.npy'))
              file.write('x/../b.npy', from);
          },
          ['x/aa/b.npy'],
        ),
      'invalid relative path: x/../b.npy',
    ],
    ['no archive', async () => Buffer.alloc(1000, 7), 'a broken zip archive'],
    ['nothing', async () => Buffer.alloc(0), 'an empty file'],
  ] as const)('%s', async (_, make, message) => {
    expect(await refusal(read('bad.npz:a', await make()))).toContain(message);
  });

  test('control characters in names are printed escaped', async () => {
    const content = await zipped([
      ['\u001b[31m\u0007.npy', small],
      ['b.npy', small],
    ]);
    expect(await refusal(read('names.npz', content))).toContain('\\u{1b}[31m\\u{7}, b');
  });
});

test('bits of half-precision numbers are accepted neither as a tensor nor as integers', () => {
  const bits: StoredTensor = { elements: 'uint16', shape: [1, 1], bytes: Uint8Array.of(0, 0x3e) };
  expect(() => toTensor('query', bits)).toThrow(
    /got uint16, wanted float32, float16 or bfloat16\. In NumPy: array\.view\('float16'\)/,
  );
  expect(toNumbers('lengths', bits)).toEqual(Float64Array.of(0x3e00));
});
