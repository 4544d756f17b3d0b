// Query, key and value of the lab: drawn from a seed, or read from files. One batch row, cut to as many tokens as can be shown.
import type { Tensor } from '@relbias/bias-spec';
import { normal, tensor, toFloat32 } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import type { InputTensors } from 'relbias/files';
import { INPUT_NAMES, alignInputs, decodeNpy, readSafetensor, readSafetensorsHeader, toTensor } from 'relbias/files';

export type Inputs = Readonly<Record<'query' | 'key' | 'value', Tensor>>;
type InputName = keyof Inputs;

const NAMES: readonly InputName[] = ['query', 'key', 'value'];

/** The files that are accepted, for messages. */
const WANTED = 'one .safetensors file with query, key and value (or q, k, v), or three .npy files named like them';

/** Standard normal numbers, [1, heads, tokens, headDim] each; the same for a seed on every machine. */
export function randomInputs(heads: number, tokens: number, headDim: number, seed: number): Inputs {
  const random = seeded(`lab/${seed}`);
  const one = (): Tensor =>
    tensor(
      Float32Array.from({ length: heads * tokens * headDim }, () => normal(random, 1)),
      [1, heads, tokens, headDim],
    );
  return { query: one(), key: one(), value: one() };
}

/**
 * Reads the three tensors from files.
 *
 * @throws Error for files of another kind or name; ParameterError, ShapeError, UnsupportedError for broken ones, naming the file.
 */
export async function readFiles(files: readonly File[]): Promise<InputTensors> {
  const found: Partial<Record<InputName, Tensor>> = {};
  for (const file of files) {
    if (/\.safetensors$/i.test(file.name)) Object.assign(found, await readSafetensors(file));
    else if (/\.npy$/i.test(file.name)) found[nameOf(file)] = await readNpy(file);
    else throw new Error(`${file.name}: got neither .npy nor .safetensors, wanted ${WANTED}.`);
  }
  const { query, key, value } = found;
  if (query && key && value) return alignInputs({ query, key, value });
  throw new Error(`Got no ${NAMES.filter((name) => found[name] === undefined).join(' and no ')}: wanted ${WANTED}.`);
}

function nameOf({ name }: File): InputName {
  const stem = name.replace(/\.npy$/i, '').toLowerCase();
  const found = NAMES.find((one) =>
    INPUT_NAMES[one].some((alias) => stem === alias || stem.endsWith(`_${alias}`) || stem.endsWith(`-${alias}`)),
  );
  if (found === undefined) throw new Error(`${name} does not say which of the three tensors it is: wanted ${WANTED}.`);
  return found;
}

async function readNpy(file: File): Promise<Tensor> {
  return toTensor(file.name, decodeNpy(file.name, new Uint8Array(await file.arrayBuffer())));
}

async function readSafetensors(file: File): Promise<Partial<Record<InputName, Tensor>>> {
  const source = {
    size: file.size,
    read: async (start: number, end: number): Promise<Uint8Array> => new Uint8Array(await file.slice(start, end).arrayBuffer()),
  };
  const header = await readSafetensorsHeader(file.name, source);
  const found: Partial<Record<InputName, Tensor>> = {};
  for (const name of NAMES) {
    const entry = INPUT_NAMES[name].find((alias) => Object.hasOwn(header.entries, alias));
    if (entry !== undefined)
      found[name] = toTensor(`${file.name}:${entry}`, await readSafetensor(file.name, source, header, entry));
  }
  if (Object.keys(found).length > 0) return found;
  const names = Object.keys(header.entries).slice(0, 8).join(', ');
  throw new Error(`${file.name} holds ${names || 'nothing'}: wanted ${WANTED}.`);
}

/** The first batch row and at most `tokens` tokens of each, in float32. */
export function cut({ query, key, value }: Inputs, tokens: number): Inputs {
  const one = (whole: Tensor): Tensor => {
    const [, heads, sequence, dim] = whole.shape;
    const kept = Math.min(sequence, tokens);
    const wide = toFloat32(whole);
    const data = new Float32Array(heads * kept * dim);
    for (let head = 0; head < heads; head++) {
      data.set(wide.subarray(head * sequence * dim, (head * sequence + kept) * dim), head * kept * dim);
    }
    return tensor(data, [1, heads, kept, dim]);
  };
  return { query: one(query), key: one(key), value: one(value) };
}
