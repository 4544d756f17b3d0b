// Hostile files drawn from a seed: valid .npy, .npz and .safetensors files, written independently of the package's own writers, then
// damaged, or with false headers. Each must give the numbers that it holds, or be refused with a RelbiasError.
// Runs as plain Node too: `node -e "import('./files.ts').then(({ draw }) => draw(7))"`.
import { RelbiasError } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseReference, readTensor } from '../../src/files/read.ts';
import type { Edit, Held, Lie, Random } from '../written-files.ts';
import { LIES, NAMES, drawArray, integer, npy, npz, pick, safetensors } from '../written-files.ts';

export const name = 'files';

/** The memory limit of one array. Files here have a few KiB: only a false header declares more. */
const MAX_BYTES = 2 ** 22;

/** Reading a file of a few KiB under that limit takes no more memory than this, garbage included. */
const MOST_MEMORY = 2 ** 28;

/** Far more than any draw takes: a draw that exceeds it hangs. */
const MOST_MS = 20_000;

/** One kind of damage that a disk, a network or an attacker does to bytes. */
function damage(random: Random, file: Buffer): Buffer {
  const at = integer(random, 0, Math.max(0, file.length - 1));
  const length = Math.min(integer(random, 1, 64), file.length - at);
  // Half of all damage goes where the structure is: the first bytes, the last bytes, digits.
  const out = Buffer.from(file);
  switch (integer(random, 0, 7)) {
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
    default:
      // Copies bytes over others at another place.
      out.copyWithin(integer(random, 0, Math.max(0, out.length - 1)), at, at + length);
      return out;
  }
}

/** Edits of a header that violate its format: a text in it, and its replacement. */
const EDITS: readonly (readonly [RegExp, string])[] = [
  [/\(/, '(-'],
  [/\(/, '(99999999999999999999, '],
  [/\(/, '(1, '],
  [/<([fiu])/, '>$1'],
  [/<([fiu])/, '=$1'],
  [/<f4/, '<u4'],
  [/False/, 'True'],
  [/False/, 'None'],
  [/(['"]shape['"])/, '$1: (1,), $1'],
  [/(['"]descr['"])/, '$1: "<f2", $1'],
  [/\}/, ', "extra": True}'],
  [/\[/, '[-1,'],
  [/\[/, '[1,'],
  [/"dtype"/, '"dtype":"F32","dtype"'],
  [/\{/, '{"q":{"dtype":"F32","shape":[],"data_offsets":[0,4]},'],
  [/\{/, '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'],
  [/data_offsets":\[/, 'data_offsets":[1'],
  [/F32/, 'BF16'],
  [/"shape"/, '"\\u001b[3J":1,"shape"'],
];

/** Whether each key occurs once in the text of a header: a parser silently keeps one of two. */
function requireOnce(keys: readonly string[], text: string): void {
  for (const key of keys) {
    if (text.split(`${JSON.stringify(key)}:`).length > 2) throw new Error(`read, though it has the key ${key} twice`);
  }
}

/** The declared contents of a .npy file, read leniently and independently of the package: the dictionary as JSON. */
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
  if (descr[0] !== '<' && bytes > 1) throw new Error(`read, though its elements are ${descr}`);
  requireOnce(['descr', 'fortran_order', 'shape'], json);
  const elements = `${{ f: 'float', i: 'int', u: 'uint' }[descr[1]]}${8 * bytes}`;
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (end + size * bytes !== file.length) throw new Error(`read, though it has ${file.length} bytes for ${size} numbers`);
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
  const text = file.toString('utf8', 8, dataStart);
  const header = JSON.parse(text) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  const { dtype, shape, data_offsets: offsets } = header[arrayName];
  requireOnce(Object.keys(header), text);
  const named = Object.entries(header).filter(([one]) => one !== '__metadata__');
  const covered = named.reduce(
    (
      sum,
      [
        ,
        {
          data_offsets: [from, to],
        },
      ],
    ) => sum + to - from,
    0,
  );
  if (dataStart + covered !== file.length)
    throw new Error(`read, though ${covered} of ${file.length - dataStart} bytes are named`);
  const bytes = Number(/\d+/.exec(dtype)?.[0]) / 8;
  const family = { F: 'float', BF: 'bfloat', I: 'int', U: 'uint' }[dtype.replace(/\d+/, '')];
  const cells = Array.from({ length: (offsets[1] - offsets[0]) / bytes }, (_, n) =>
    file.toString('hex', dataStart + offsets[0] + n * bytes, dataStart + offsets[0] + (n + 1) * bytes),
  );
  return { elements: `${family}${8 * bytes}`, shape, cells };
}

/** How many arrays of an archive a false entry makes unreadable or doubtful. The kinds that are not listed may be true of the first entry, or harmless. */
function leastRefused(lie: Lie, arrays: number): number {
  if (lie === 'count' || lie === 'twice') return arrays;
  return ['size', 'checksum', 'method', 'encrypted', 'name', 'more'].includes(lie) ? 1 : 0;
}

/** The outcome of reading a name. */
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

/** A refusal is one line without control characters. */
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
  // An edited header is damage too: the edited header then defines what the file holds.
  const [from, to] = pick(random, EDITS);
  const edited = format !== 'npz' && random() < 0.4;
  const edit: Edit = (header) => (edited ? header.replace(from, to) : header);
  let file =
    format === 'npy'
      ? npy(random, [...arrays.values()][0], edit)
      : format === 'npz'
        ? npz(random, arrays, lie)
        : safetensors(random, arrays, edit);
  const damageCount = random() < (edited || lie !== undefined ? 0.7 : 0.25) ? 0 : integer(random, 1, 3);
  for (let n = 0; n < damageCount; n++) file = damage(random, file);
  const damages = damageCount + (edited ? 1 : 0);
  const folder = await mkdtemp(path.join(tmpdir(), 'relbias-drawn-'));
  try {
    const target = path.join(folder, `drawn.${format}`);
    await writeFile(target, file);
    let refused = 0;
    for (const [arrayName, array] of arrays) {
      const answer = await bounded(read(format === 'npy' ? target : `${target}:${arrayName}`));
      if (answer instanceof RelbiasError) {
        requirePlain(answer);
        refused++;
        if (damages === 0 && lie === undefined) throw new Error(`a sound file was refused: ${answer.message}`);
        continue;
      }
      // The checksum of an archive covers every bit; otherwise the numbers of the damaged file are expected.
      if (format === 'npz') requireEqual(answer, array);
      else requireEqual(answer, format === 'npy' ? heldByNpy(file) : heldBySafetensors(file, arrayName));
      if (damages === 0) requireEqual(answer, array);
    }
    if (damages === 0 && lie !== undefined && refused < leastRefused(lie, arrays.size)) throw new Error('read, though it lies');
  } catch (error) {
    const description = `${format}, ${damages} damages${lie === undefined ? '' : `, a false ${lie}`}`;
    throw new Error(`files, seed ${seed} (${description}): ${(error as Error).message}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true });
  }
}
