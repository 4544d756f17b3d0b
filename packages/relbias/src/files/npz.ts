// The .npz format of NumPy: a zip of .npy files. Reads one array at a time and unpacks it chunk by chunk. The header of the array says how
// large it is before memory is allocated, and unpacking stops as soon as there is more than the archive declares.
import { ParameterError, RelbiasError, UnsupportedError } from '@relbias/bias-spec';
import { Readable, pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32, createInflateRaw } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { RandomAccessReader, fromRandomAccessReaderPromise } from 'yauzl';
import { ZipFile as ZipWriter } from 'yazl';
import type { ByteSource, ReadLimits } from './byte-source.ts';
import { allocate } from './byte-source.ts';
import type { StoredTensor } from './element-types.ts';
import { encodeNpy, readNpy } from './npy.ts';
import { START_BYTES, recognise } from './other-formats.ts';
import { printable } from './printable.ts';

/** How much of an archive is read, and of an entry unpacked, at once. */
const PIECE_BYTES = 2 ** 18;

/** More arrays than any model has, and few enough to list. */
const MAX_ENTRIES = 2 ** 16;

const WANTED = 'a NumPy .npz file';

const CENTRAL_HEADER = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** The arrays of an archive. */
export interface Npz {
  /** The names of the arrays, in the order of the file. */
  readonly names: readonly string[];
  /** Reads one of them. */
  read(name: string, limits: ReadLimits): Promise<StoredTensor>;
}

/**
 * Opens an archive for `use`, and closes it afterwards.
 *
 * @throws ParameterError for a file that is not an intact archive, UnsupportedError for one that is encrypted or uses another compression.
 */
export async function withNpz<T>(what: string, source: ByteSource, use: (archive: Npz) => Promise<T>): Promise<T> {
  await requireArchive(what, source);
  const reader = new SourceReader(source);
  // autoClose is off: the reader must outlive every call of yauzl.
  const zip = await fromRandomAccessReaderPromise(reader, source.size, { autoClose: false }).catch((error: unknown) => {
    throw broken(what, error);
  });
  try {
    const entries = await listEntries(what, zip, source);
    return await use({
      names: [...entries.keys()],
      async read(name, limits) {
        const entry = entries.get(name);
        if (entry === undefined) throw broken(what, new Error(`no array ${printable(name)}`));
        return readEntry(what, `${what}:${printable(name)}`, zip, source, entry, limits);
      },
    });
  } finally {
    zip.close();
  }
}

/** Refuses other formats by their name, PyTorch checkpoints among them: they are zip archives without a .npy file. */
async function requireArchive(what: string, source: ByteSource): Promise<void> {
  const start = await source.read(0, Math.min(START_BYTES, source.size));
  const text = String.fromCharCode(...start);
  const other = text.startsWith('PK') && !text.includes('data.pkl') ? undefined : recognise(start);
  if (other !== undefined) throw new ParameterError({ what, got: other.name, wanted: WANTED, hint: other.hint });
}

/** Lets yauzl read from a source. An offset outside the file is passed on as an error, and small reads share a large one. */
class SourceReader extends RandomAccessReader {
  private readonly source: ByteSource;
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;

  constructor(source: ByteSource) {
    super();
    this.source = source;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    void this.answer(target, offset, length, position, callback);
  }

  private async answer(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): Promise<void> {
    let failure: Error | null = null;
    try {
      target.set(await this.bytes(position, length), offset);
    } catch (error) {
      failure = error as Error;
    }
    callback(failure, length);
  }

  private async bytes(start: number, length: number): Promise<Uint8Array> {
    const { size } = this.source;
    if (start + length > size) throw new Error(`bytes ${start} to ${start + length} of a file of ${size}`);
    const within = start >= this.windowStart && start + length <= this.windowStart + this.window.length;
    if (!within) {
      this.window = await this.source.read(start, Math.min(size, start + Math.max(length, PIECE_BYTES)));
      this.windowStart = start;
    }
    const from = start - this.windowStart;
    return this.window.subarray(from, from + length);
  }
}

async function listEntries(what: string, zip: ZipFile, source: ByteSource): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let listed = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (++listed > MAX_ENTRIES) throw new Error(`more than ${MAX_ENTRIES} entries`);
      if (!entry.fileName.endsWith('.npy')) continue;
      const name = entry.fileName.slice(0, -'.npy'.length);
      if (entries.has(name)) throw new Error(`two arrays of the name ${printable(name)}`);
      entries.set(name, entry);
    }
    await requireAllCounted(zip, source);
    return entries;
  } catch (error) {
    // "Strong" encryption is refused by yauzl itself, with the whole archive.
    throw /encryption/.test((error as Error).message) ? encrypted(what) : broken(what, error);
  }
}

/** yauzl relies on the count of entries, other readers on the size of the directory. Where they differ, arrays would be missing here. */
async function requireAllCounted(zip: ZipFile, source: ByteSource): Promise<void> {
  // Where the next entry would begin. The types declare it a boolean.
  const cursor = zip.readEntryCursor as unknown as number;
  if (cursor + 4 > source.size) return;
  const next = await source.read(cursor, cursor + 4);
  if (new DataView(next.buffer, next.byteOffset).getUint32(0, true) !== CENTRAL_HEADER) return;
  throw new Error(`more entries than the ${zip.entryCount} that its directory counts`);
}

async function readEntry(
  what: string,
  where: string,
  zip: ZipFile,
  source: ByteSource,
  entry: Entry,
  limits: ReadLimits,
): Promise<StoredTensor> {
  requireReadable(where, entry);
  const local = await zip.readLocalFileHeaderPromise(entry).catch((error: unknown) => {
    throw broken(what, error);
  });
  if (!local.fileName.equals(entry.fileNameRaw)) {
    throw broken(
      what,
      new Error(`${printable(entry.fileName)} is called ${printable(local.fileName.toString())} in its own header`),
    );
  }
  const packed = Readable.from(chunks(source, local.fileDataStart, local.fileDataStart + entry.compressedSize));
  // The empty callback: a failure of one stream ends the other, and the reader below receives the error.
  const unpacked =
    entry.compressionMethod === DEFLATED ? pipeline(packed, createInflateRaw({ chunkSize: PIECE_BYTES }), () => {}) : packed;
  try {
    const data = new EntrySource(what, entry, unpacked[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>);
    const tensor = await readNpy(where, data, limits);
    await data.finish();
    return tensor;
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

function requireReadable(where: string, entry: Entry): void {
  if (entry.isEncrypted()) throw encrypted(where);
  const { compressionMethod: method } = entry;
  if (method === STORED || method === DEFLATED) return;
  throw new UnsupportedError({
    what: where,
    got: `the compression method ${method}`,
    wanted: 'none (0) or deflate (8), as numpy.savez and numpy.savez_compressed write them',
  });
}

function encrypted(where: string): UnsupportedError {
  return new UnsupportedError({
    what: where,
    got: 'an encrypted archive',
    wanted: 'one without a password',
    hint: 'Unpack it with its password, and save the arrays again with numpy.savez.',
  });
}

async function* chunks(source: ByteSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += PIECE_BYTES) yield source.read(at, Math.min(end, at + PIECE_BYTES));
}

/** The unpacked bytes of an entry, read in ascending order. Holds at most one chunk. */
class EntrySource implements ByteSource {
  readonly size: number;
  private readonly what: string;
  private readonly entry: Entry;
  private readonly stream: AsyncIterator<Uint8Array>;
  private left: Uint8Array = new Uint8Array(0);
  private checksum = 0;

  constructor(what: string, entry: Entry, stream: AsyncIterator<Uint8Array>) {
    this.what = what;
    this.entry = entry;
    this.stream = stream;
    this.size = entry.uncompressedSize;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const bytes = allocate(this.what, end - start);
    for (let at = 0; at < bytes.length;) {
      if (this.left.length === 0) {
        const next = await this.next();
        if (next === undefined) throw this.broken(`ends after ${start + at} of ${this.size} bytes`);
        this.left = next;
      }
      const taken = this.left.subarray(0, bytes.length - at);
      bytes.set(taken, at);
      at += taken.length;
      this.left = this.left.subarray(taken.length);
    }
    return bytes;
  }

  /** Checks that nothing is left and that the checksum holds. The checksum is built chunk by chunk: zlib takes at most 4 GiB at once. */
  async finish(): Promise<void> {
    const more = this.left.length > 0 || (await this.next()) !== undefined;
    if (more) throw this.broken(`unpacks to more than the ${this.size} bytes that it declares`);
    if (this.checksum !== this.entry.crc32) throw this.broken('has a wrong checksum');
  }

  private async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.stream.next().catch((error: unknown) => {
      throw broken(this.what, error);
    });
    if (done === true) return undefined;
    this.checksum = crc32(value, this.checksum);
    return value;
  }

  private broken(how: string): ParameterError {
    return broken(this.what, new Error(`${printable(this.entry.fileName)} ${how}`));
  }
}

/** Writes an uncompressed archive, as `numpy.savez` does, with NumPy's date: equal arrays give equal files. */
export async function encodeNpz(what: string, tensors: Readonly<Record<string, StoredTensor>>): Promise<Uint8Array> {
  const zip = new ZipWriter();
  const options = { compress: false, mtime: new Date(1980, 0, 1), forceDosTimestamp: true };
  for (const [name, tensor] of Object.entries(tensors)) {
    zip.addBuffer(Buffer.from(encodeNpy(what, tensor).buffer), `${name}.npy`, options);
  }
  zip.end();
  return buffer(zip.outputStream);
}

function broken(what: string, error: unknown): ParameterError {
  // An error of the file itself (it changed, it cannot be read) passes through.
  if (error instanceof RelbiasError) return error;
  const reason = printable((error as Error).message, 160);
  return new ParameterError({ what, got: `a broken zip archive (${reason})`, wanted: WANTED });
}
