// Reads the bytes of a file of vectors, gzipped or not, and fetches such files. Works in Node and in browsers.
import { show } from '@relbias/bias-spec/backend';
import type { VectorFile } from './format.ts';
import { FormatError, parseVectors } from './format.ts';

/** Limits for files of vectors that are read together. */
export interface VectorLimits {
  /** The total size in bytes, unpacked. Default 2^26, many times the size of the vectors in this package. */
  readonly maxBytes?: number;
}

/** 64 MiB. Parsed JSON takes up to ten times the size of its text. */
const DEFAULT_MAX_BYTES = 2 ** 26;

/** The remainder of a limit while files are read one after another. */
export class Budget {
  private left: number;
  private readonly maxBytes: number;

  constructor({ maxBytes = DEFAULT_MAX_BYTES }: VectorLimits) {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
      throw new FormatError(`maxBytes: got ${String(maxBytes)}, wanted an integer of at least 0`);
    }
    this.left = maxBytes;
    this.maxBytes = maxBytes;
  }

  /** @throws FormatError naming the file, if it exceeds the remainder. */
  take(bytes: number, origin: string): void {
    this.left -= bytes;
    if (this.left >= 0) return;
    throw new FormatError(
      `${origin}: got more than ${this.maxBytes} bytes of vectors, unpacked, wanted at most that; raise maxBytes (--max-bytes of the program) for more`,
    );
  }
}

/** Reads the bytes of one file. Gzip is recognised by its first bytes, because a server may send the file unpacked. */
export async function readVectorBytes(bytes: Uint8Array, origin: string, budget: Budget): Promise<VectorFile> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return parseVectors(await gunzip(bytes, origin, budget), origin);
  budget.take(bytes.length, origin);
  return parseVectors(new TextDecoder().decode(bytes), origin);
}

async function gunzip(bytes: Uint8Array, origin: string, budget: Budget): Promise<string> {
  try {
    // A copy, because the bytes may be in shared memory, which a Blob refuses.
    const unpacked = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('gzip'));
    const decoder = new TextDecoder();
    const chunks: string[] = [];
    await drain(unpacked, (chunk) => {
      budget.take(chunk.length, origin);
      chunks.push(decoder.decode(chunk, { stream: true }));
    });
    chunks.push(decoder.decode());
    return chunks.join('');
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${origin}: not a whole gzip file`, { cause: error });
  }
}

/** Passes each chunk of a stream to `use`. An error of `use` cancels the stream. */
async function drain(stream: ReadableStream<Uint8Array>, use: (chunk: Uint8Array) => void): Promise<void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      use(value);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

/**
 * Fetches files of vectors, `.json` or `.json.gz`, in the order of their addresses.
 *
 * @throws FormatError naming the address, for a response that is not a success, a file that is no vectors, or more bytes than `limits` allows.
 * @example
 * const answers = JSON.stringify({ format: 'attention-bias-vectors/1', file: 'mine', count: 0, cases: [] });
 * const files = await fetchVectors([`data:application/json,${answers}`]);
 * files[0].file; // 'mine'
 */
export async function fetchVectors(
  addresses: readonly (string | { readonly href: string })[],
  limits: VectorLimits = {},
): Promise<VectorFile[]> {
  if (!Array.isArray(addresses)) throw new FormatError(`addresses: got ${show(addresses)}, wanted a list of addresses`);
  const budget = new Budget(limits);
  return Promise.all(
    addresses.map(async (address) => {
      const origin = typeof address === 'string' ? address : address.href;
      const answer = await fetch(origin);
      if (!answer.ok) throw new FormatError(`${origin}: the server answered ${answer.status} ${answer.statusText}`);
      return readVectorBytes(await body(answer, origin, limits), origin, budget);
    }),
  );
}

/** The body of a response, read up to the limit. */
async function body(answer: Response, origin: string, limits: VectorLimits): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const budget = new Budget(limits);
  if (answer.body !== null) {
    await drain(answer.body, (chunk) => {
      budget.take(chunk.length, origin);
      chunks.push(chunk.slice());
    });
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
