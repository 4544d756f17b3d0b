// Tensor files written independently of the package's own writers, in every form that the formats allow, from random arrays;
// and archives with a false directory.
import { crc32, deflateRawSync } from 'node:zlib';

export type Random = () => number;

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
export interface Held {
  readonly elements: string;
  readonly shape: readonly number[];
  readonly cells: readonly string[];
}

export interface Drawn extends Held {
  readonly kind: ElementKind;
}

export const NAMES = [
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

export function integer(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[integer(random, 0, list.length - 1)];
}

/** Cells of equal probability of every bit; the files hold bits, and what they mean as numbers is tested elsewhere. */
export function drawArray(random: Random): Drawn {
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

/** Edits the text of a header before its length is computed. */
export type Edit = (header: string) => string;

function asIs(header: string): string {
  return header;
}

/** A .npy file in one of the spellings that NumPy reads. */
export function npy(random: Random, array: Drawn, edit: Edit = asIs): Buffer {
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
  const dictionary = edit(`{${pairs.join(', ')}${random() < 0.7 ? ', ' : ''}}`);
  const header = `${dictionary.padEnd(Math.ceil((prefix + dictionary.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const start = Buffer.alloc(prefix);
  start.write('\x93NUMPY', 'latin1');
  start[6] = version;
  if (version === 1) start.writeUInt16LE(header.length, 8);
  else start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), fortran ? columnMajor(array) : rowMajor(array)]);
}

export function safetensors(random: Random, arrays: ReadonlyMap<string, Drawn>, edit: Edit = asIs): Buffer {
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
  const text = Buffer.from(edit(JSON.stringify(Object.fromEntries(header))) + ' '.repeat(integer(random, 0, 9)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

/** False entries in the directory of an archive. */
export const LIES = [
  'size',
  'packed size',
  'checksum',
  'offset',
  'method',
  'encrypted',
  'name',
  'count',
  'twice',
  'overlap',
  'more',
] as const;
export type Lie = (typeof LIES)[number];

/** A .npz file: stored or deflated, with or without data descriptors and zip64 fields, and with at most one lie. */
export function npz(random: Random, arrays: ReadonlyMap<string, Drawn>, lie: Lie | undefined): Buffer {
  const zip64 = random() < 0.3;
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  const liar = integer(random, 0, arrays.size - 1);
  for (const [index, [arrayName, array]] of [...arrays].entries()) {
    const lies = (one: Lie): boolean => lie === one && index === liar;
    const content = npy(random, array);
    // Only compressed data can be larger than declared.
    const deflated = random() < 0.5 || lies('more');
    const unpacked = lies('more') ? Buffer.concat([content, Buffer.alloc(integer(random, 1, 2 ** 17))]) : content;
    const packed = deflated ? deflateRawSync(unpacked) : content;
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
