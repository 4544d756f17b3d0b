// From the bytes of a file of vectors, gzipped or not, to its cases; and fetching such files. Works in Node and in browsers alike.
import type { VectorFile } from './format.ts';
import { FormatError, parseVectors } from './format.ts';

/** Reads the bytes of one file. Gzip is recognised by its first bytes: servers may have unpacked it on the way. */
export async function readVectorBytes(bytes: Uint8Array, origin: string): Promise<VectorFile> {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parseVectors(zipped ? await gunzip(bytes, origin) : new TextDecoder().decode(bytes), origin);
}

async function gunzip(bytes: Uint8Array, origin: string): Promise<string> {
  try {
    // A copy: the bytes may stand in shared memory, which a Blob refuses.
    return await new Response(new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  } catch (error) {
    throw new FormatError(`${origin}: not a whole gzip file`, { cause: error });
  }
}

/**
 * Fetches files of vectors, `.json` or `.json.gz`, in the order of their addresses.
 *
 * @throws FormatError naming the address, also for an answer that is not a success.
 * @example
 * const answers = JSON.stringify({ format: 'attention-bias-vectors/1', file: 'mine', count: 0, cases: [] });
 * const files = await fetchVectors([`data:application/json,${answers}`]);
 * files[0].file; // 'mine'
 */
export async function fetchVectors(addresses: readonly (string | URL)[]): Promise<VectorFile[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const answer = await fetch(address);
      if (!answer.ok) throw new FormatError(`${String(address)}: the server answered ${answer.status} ${answer.statusText}`);
      return readVectorBytes(new Uint8Array(await answer.arrayBuffer()), String(address));
    }),
  );
}
