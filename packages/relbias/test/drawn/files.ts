// Hostile files drawn from a seed: valid .npy, .npz and .safetensors files, written here independently of the package's own writers, then
// damaged, or lying about themselves. Each must read to the numbers that it holds, or be refused by an error of the package's own.
// Runs as plain Node too: `node -e "import('./files.ts').then(({ draw }) => draw(7))"`.
import { RelbiasError } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { parseReference, readTensor } from '../../src/files/read.ts';

export const name = 'files';

/** What one array may take. Files here are of a few KiB: only a lie is larger. */
const MAX_BYTES = 2 ** 22;

/** Reading a file of a few KiB under that limit takes no more memory than this, garbage included. */
const MOST_MEMORY = 2 ** 28;

/** Far above what any draw takes: what runs into this hangs. */
const MOST_MS = 20_000;

type Random = () => number;

/** One element type: its names, and how its numbers are read. */
interface ElementKind {
  readonly elements: string;
  readonly npy: string;
  readonly safetensors: string;
  readonly bytes: number;
}

const KINDS: readonly ElementKind[] = [
  { elements: 'float32', npy: 'f4', safetensors: 'F32', bytes: 4 },
  { elements: 'float16', npy: 'f2', safetensors: 'F16', bytes: 2 },
  { elements: 'float64', npy: 'f8', safetensors: 'F64', bytes: 8 },
  { elements: 'int8', npy: 'i1', safetensors: 'I8', bytes: 1 },
  { elements: 'int64', npy: 'i8', safetensors: 'I64', bytes: 8 },
  { elements: 'uint16', npy: 'u2', safetensors: 'U16', bytes: 2 },
  { elements: 'uint32', npy: 'u4', safetensors: 'U32', bytes: 4 },
];

/** An array as a file should give it back: its elements row-major, each as the hexadecimal text of its bytes. */
interface Held {
  readonly elements: string;
  readonly shape: readonly number[];
  readonly cells: readonly string[];
}

interface Drawn extends Held {
  readonly kind: ElementKind;
}

const NAMES = [
  'table',
  'q',
  'key',
  'a/b',
  '__proto__',
  'constructor',
  'with space',
  '\u00e4\u4e2d',
  'layers.0.weight',
  '\u001b[2J',
];

function integer(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[integer(random, 0, list.length - 1)];
}

/** Cells of equal probability of every bit; the files hold bits, and what they mean as numbers is tested elsewhere. */
function drawArray(random: Random): Drawn {
  const kind = pick(random, KINDS);
  const shape = Array.from({ length: integer(random, 0, 4) }, () => integer(random, random() < 0.1 ? 0 : 1, 5));
  const size = shape.reduce((product, extent) => product * extent, 1);
  const cell = (): string => Buffer.from(Array.from({ length: kind.bytes }, () => integer(random, 0, 255))).toString('hex');
  return { kind, elements: kind.elements, shape, cells: Array.from({ length: size }, cell) };
}

function rowMajor({ cells }: Held): Buffer {
  return Buffer.from(cells.join(''), 'hex');
}

/** The cells in column-major order: cell number n of the file is the one whose indices count up from the first axis. */
function columnMajor({ shape, cells }: Held): Buffer {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const ordered = cells.map((_, n) => {
    let rest = n;
    let at = 0;
    for (const [axis, extent] of shape.entries()) {
      at += (rest % extent) * strides[axis];
      rest = Math.floor(rest / extent);
    }
    return cells[at];
  });
  return Buffer.from(ordered.join(''), 'hex');
}

/** A .npy file in one of the spellings that NumPy reads. */
function npy(random: Random, array: Drawn): Buffer {
  const fortran = random() < 0.3;
  const version = pick(random, [1, 1, 2, 3]);
  const order = array.kind.bytes === 1 ? pick(random, ['|', '<']) : '<';
  const extents = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(', ');
  const quote = pick(random, ["'", "'", '"']);
  const pairs = [
    `${quote}descr${quote}: ${quote}${order}${array.kind.npy}${quote}`,
    `${quote}fortran_order${quote}: ${fortran ? 'True' : 'False'}`,
    `${quote}shape${quote}: (${extents})`,
  ];
  if (random() < 0.3) pairs.reverse();
  const prefix = version === 1 ? 10 : 12;
  const dictionary = `{${pairs.join(', ')}${random() < 0.7 ? ', ' : ''}}`;
  const header = `${dictionary.padEnd(Math.ceil((prefix + dictionary.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const start = Buffer.alloc(prefix);
  start.write('\x93NUMPY', 'latin1');
  start[6] = version;
  if (version === 1) start.writeUInt16LE(header.length, 8);
  else start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), fortran ? columnMajor(array) : rowMajor(array)]);
}

function safetensors(random: Random, arrays: ReadonlyMap<string, Drawn>): Buffer {
  const header: [string, object][] = random() < 0.5 ? [['__metadata__', { format: 'pt' }]] : [];
  const parts: Buffer[] = [];
  let end = 0;
  for (const [arrayName, array] of arrays) {
    const data = rowMajor(array);
    header.push([arrayName, { dtype: array.kind.safetensors, shape: array.shape, data_offsets: [end, end + data.length] }]);
    parts.push(data);
    end += data.length;
  }
  if (random() < 0.5) header.reverse();
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)) + ' '.repeat(integer(random, 0, 9)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

/** What the directory of an archive may claim wrongly. */
const LIES = ['size', 'packed size', 'checksum', 'offset', 'method', 'encrypted', 'name', 'count', 'twice', 'overlap'] as const;
type Lie = (typeof LIES)[number];

/** A .npz file: stored or deflated, with or without data descriptors and zip64 fields, and with at most one lie. */
function npz(random: Random, arrays: ReadonlyMap<string, Drawn>, lie: Lie | undefined): Buffer {
  const zip64 = random() < 0.3;
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  const liar = integer(random, 0, arrays.size - 1);
  for (const [index, [arrayName, array]] of [...arrays].entries()) {
    const lies = (one: Lie): boolean => lie === one && index === liar;
    const content = npy(random, array);
    const deflated = random() < 0.5;
    const packed = deflated ? deflateRawSync(content) : content;
    const described = random() < 0.3;
    const fileName = Buffer.from(`${arrayName}.npy`);
    const flags = 0x800 | (described ? 8 : 0) | (lies('encrypted') ? 1 : 0);
    const method = lies('method') ? pick(random, [12, 14, 93]) : deflated ? 8 : 0;
    const size = content.length + (lies('size') ? pick(random, [-1, 1, -64, 2 ** 20, 2 ** 31]) : 0);
    const packedSize = packed.length + (lies('packed size') ? pick(random, [-1, 1, 2 ** 20]) : 0);
    const checksum = (crc32(content) ^ (lies('checksum') ? 1 : 0)) >>> 0;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(described ? 0 : checksum, 14);
    local.writeUInt32LE(described ? 0 : packed.length, 18);
    local.writeUInt32LE(described ? 0 : Math.max(0, size), 22);
    const localName = lies('name') ? Buffer.from('other.npy') : fileName;
    local.writeUInt16LE(localName.length, 26);
    const descriptor = Buffer.alloc(described ? 16 : 0);
    if (described) {
      descriptor.writeUInt32LE(0x08074b50);
      descriptor.writeUInt32LE(checksum, 4);
      descriptor.writeUInt32LE(packed.length, 8);
      descriptor.writeUInt32LE(content.length, 12);
    }
    const extra = Buffer.alloc(zip64 ? 28 : 0);
    const place = lies('offset') ? pick(random, [0, offset + 1, 2 ** 31]) : lies('overlap') ? 0 : offset;
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(Math.max(0, size)), 4);
      extra.writeBigUInt64LE(lies('packed size') ? 2n ** 63n : BigInt(packedSize), 12);
      extra.writeBigUInt64LE(lies('offset') ? 2n ** 60n : BigInt(place), 20);
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(checksum, 16);
    entry.writeUInt32LE(zip64 ? 0xffffffff : packedSize, 20);
    entry.writeUInt32LE(zip64 ? 0xffffffff : Math.max(0, size), 24);
    entry.writeUInt16LE(fileName.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(zip64 ? 0xffffffff : place, 42);
    const listed = Buffer.concat([entry, fileName, extra]);
    directory.push(listed, ...(lies('twice') ? [listed] : []));
    const stored = Buffer.concat([local, localName, packed, descriptor]);
    locals.push(stored);
    offset += stored.length;
  }
  const entries = directory.length + (lie === 'count' ? pick(random, [-1, 1]) : 0);
  const central = Buffer.concat(directory);
  const end64 = Buffer.alloc(zip64 ? 76 : 0);
  if (zip64) {
    end64.writeUInt32LE(0x06064b50);
    end64.writeBigUInt64LE(44n, 4);
    end64.writeBigUInt64LE(BigInt(entries), 24);
    end64.writeBigUInt64LE(BigInt(entries), 32);
    end64.writeBigUInt64LE(BigInt(central.length), 40);
    end64.writeBigUInt64LE(BigInt(offset), 48);
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(offset + central.length), 64);
    end64.writeUInt32LE(1, 72);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end64, end]);
}

/** One damage: what a disk, a network or an attacker does to bytes. */
function damage(random: Random, file: Buffer): Buffer {
  const at = integer(random, 0, Math.max(0, file.length - 1));
  const length = Math.min(integer(random, 1, 64), file.length - at);
  // Half of all damage goes where the structure is: the first bytes, the last bytes, digits.
  const out = Buffer.from(file);
  switch (integer(random, 0, 8)) {
    case 0:
      out[at] ^= 1 << integer(random, 0, 7);
      return out;
    case 1:
      out[Math.min(at, integer(random, 0, 200))] = integer(random, 0, 255);
      return out;
    case 2:
      return out.subarray(0, at);
    case 3:
      return Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
    case 4:
      return Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
    case 5: {
      const width = Math.min(pick(random, [1, 2, 4, 8]), length);
      out.fill(pick(random, [0, 0x7f, 0xff]), at, at + width);
      return out;
    }
    case 6: {
      const digits = [...out.entries()].filter(([, byte]) => byte >= 0x30 && byte <= 0x39).map(([index]) => index);
      if (digits.length > 0) out[pick(random, digits)] = 0x30 + integer(random, 0, 9);
      return out;
    }
    case 7: {
      const words: readonly (readonly [string, string])[] = [
        ['(', '(-'],
        ['(', '(99999999999999999999, '],
        ['<f4', '>f4'],
        ['<f4', '=f4'],
        ['<f4', '<u4'],
        ['False', 'True'],
        ["'shape'", "'shape': (1,), 'shape'"],
        ['[', '[-1,'],
        ['"dtype"', '"dtype":"F32","dtype"'],
        ['{', '{"q":{"dtype":"F32","shape":[],"data_offsets":[0,4]},'],
        ['data_offsets":[', 'data_offsets":[1'],
      ];
      const [from, to] = pick(random, words);
      return Buffer.from(out.toString('latin1').replace(from, to), 'latin1');
    }
    default:
      // The same bytes at another place, over what was there.
      out.copyWithin(integer(random, 0, Math.max(0, out.length - 1)), at, at + length);
      return out;
  }
}

/** What a .npy file says it holds, read leniently and by other means than the package's: the dictionary by way of JSON. */
function heldByNpy(file: Buffer): Held {
  const start = file[6] === 1 ? 10 : 12;
  const end = start + (file[6] === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8));
  const json = file
    .toString('utf8', start, end)
    .replaceAll("'", '"')
    .replaceAll('True', 'true')
    .replaceAll('False', 'false')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replaceAll(/(\d)L/g, '$1')
    .replaceAll(/,\s*([\]}])/g, '$1');
  const { descr, fortran_order: fortran, shape } = JSON.parse(json) as { descr: string; fortran_order: boolean; shape: number[] };
  const bytes = Number(descr.slice(2));
  const elements = `${{ f: 'float', i: 'int', u: 'uint' }[descr[1]]}${8 * bytes}`;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const cells = Array.from({ length: size }, (_, n) => {
    let at = 0;
    let rest = n;
    // The indices of row-major cell n, from the last axis on; their place in the file.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = fortran
        ? shape.slice(0, axis).reduce((product, extent) => product * extent, 1)
        : shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
      at += (rest % shape[axis]) * stride;
      rest = Math.floor(rest / shape[axis]);
    }
    return file.toString('hex', end + at * bytes, end + (at + 1) * bytes);
  });
  return { elements, shape, cells };
}

function heldBySafetensors(file: Buffer, arrayName: string): Held {
  const dataStart = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, dataStart)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const { dtype, shape, data_offsets: offsets } = header[arrayName];
  const bytes = Number(/\d+/.exec(dtype)?.[0]) / 8;
  const family = { F: 'float', BF: 'bfloat', I: 'int', U: 'uint' }[dtype.replace(/\d+/, '')];
  const cells = Array.from({ length: (offsets[1] - offsets[0]) / bytes }, (_, n) =>
    file.toString('hex', dataStart + offsets[0] + n * bytes, dataStart + offsets[0] + (n + 1) * bytes),
  );
  return { elements: `${family}${8 * bytes}`, shape, cells };
}

/** What happened when a name was read. */
type Answer = Held | RelbiasError;

async function read(reference: string): Promise<Answer> {
  try {
    const { elements, shape, bytes } = await readTensor('drawn', parseReference('drawn', reference), [], { maxBytes: MAX_BYTES });
    const width = Number(/\d+/.exec(elements)?.[0]) / 8;
    const hex = Buffer.from(bytes).toString('hex');
    return { elements, shape, cells: hex.match(new RegExp(`.{${2 * width}}`, 'g')) ?? [] };
  } catch (error) {
    if (error instanceof RelbiasError) return error;
    throw new Error(`refused by ${String(error)}, wanted an error of the package's own`, { cause: error });
  }
}

async function bounded<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still reading after ${MOST_MS} ms`)), MOST_MS);
  });
  const before = process.memoryUsage().arrayBuffers;
  try {
    const result = await Promise.race([work, tooLong]);
    const taken = process.memoryUsage().arrayBuffers - before;
    if (taken > MOST_MEMORY) throw new Error(`took ${taken} bytes of memory, wanted at most ${MOST_MEMORY}`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}

function requireEqual(got: Held, wanted: Held): void {
  const show = ({ elements, shape, cells }: Held): string => `${elements} [${shape.join()}] ${cells.join(' ')}`;
  if (show(got) !== show(wanted)) throw new Error(`read ${show(got)}, wanted ${show(wanted)}`);
}

/** A refusal is one line that a terminal shows as it is. */
function requirePlain({ message }: RelbiasError): void {
  if (/[\p{Cc}\p{Cf}]/u.test(message)) throw new Error(`refused with control characters in ${JSON.stringify(message)}`);
  if (!/: got .*, wanted .*\./.test(message)) throw new Error(`refused without got and wanted: ${message}`);
}

/**
 * Draws one file and reads every array of it.
 *
 * @throws Error where a sound file is refused, a damaged one reads to other numbers than it holds, or a refusal is none of ours.
 */
export async function draw(seed: number): Promise<void> {
  const random = seeded(`files ${seed}`);
  const format = pick(random, ['npy', 'npz', 'safetensors'] as const);
  const names = new Set(Array.from({ length: format === 'npy' ? 1 : integer(random, 1, 4) }, () => pick(random, NAMES)));
  const arrays = new Map([...names].map((one) => [one, drawArray(random)]));
  const lie = format === 'npz' && random() < 0.3 ? pick(random, LIES) : undefined;
  let file =
    format === 'npy'
      ? npy(random, [...arrays.values()][0])
      : format === 'npz'
        ? npz(random, arrays, lie)
        : safetensors(random, arrays);
  const damages = random() < 0.25 ? 0 : integer(random, 1, 3);
  for (let n = 0; n < damages; n++) file = damage(random, file);
  const folder = await mkdtemp(path.join(tmpdir(), 'relbias-drawn-'));
  try {
    const target = path.join(folder, `drawn.${format}`);
    await writeFile(target, file);
    for (const [arrayName, array] of arrays) {
      const answer = await bounded(read(format === 'npy' ? target : `${target}:${arrayName}`));
      if (answer instanceof RelbiasError) {
        requirePlain(answer);
        if (damages === 0 && lie === undefined) throw new Error(`a sound file was refused: ${answer.message}`);
        continue;
      }
      // The checksum of an archive vouches for every bit; elsewhere what the damaged file holds is what it should give.
      if (format === 'npz') requireEqual(answer, array);
      else requireEqual(answer, format === 'npy' ? heldByNpy(file) : heldBySafetensors(file, arrayName));
      if (damages === 0) requireEqual(answer, array);
    }
  } catch (error) {
    const told = `${format}, ${damages} damages${lie === undefined ? '' : `, a lie about its ${lie}`}`;
    throw new Error(`files, seed ${seed} (${told}): ${(error as Error).message}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true });
  }
}
