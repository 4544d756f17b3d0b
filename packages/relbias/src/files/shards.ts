// The index of a model in several .safetensors files: model.safetensors.index.json, which says which file (shard) holds each tensor.
import { ParameterError } from '@relbias/bias-spec';
import path from 'node:path';
import { withFile } from './file-source.ts';
import { parseJson } from './json.ts';
import { printable } from './printable.ts';

export const INDEX_EXTENSION = '.safetensors.index.json';

/** 64 MiB: a hundred bytes for each of half a million tensors. */
const MAX_BYTES = 2 ** 26;

const WANTED = 'an index of .safetensors files: { "weight_map": { NAME: FILE } }';

/**
 * Reads an index.
 *
 * @returns the path of the shard of each tensor, by its name.
 * @throws ParameterError for a file that is not such an index, or one that names files outside its folder.
 */
export async function readShardIndex(where: string, file: string): Promise<ReadonlyMap<string, string>> {
  const bytes = await withFile(where, file, async ({ size, read }) => {
    if (size > MAX_BYTES) throw new ParameterError({ what: where, got: `${size} bytes`, wanted: `at most ${MAX_BYTES} of JSON` });
    return read(0, size);
  });
  const parsed = parseJson(where, bytes, WANTED) as { readonly weight_map?: unknown } | null;
  const map = parsed?.weight_map;
  if (map === null || typeof map !== 'object' || Array.isArray(map)) {
    throw new ParameterError({ what: where, got: 'JSON without a weight_map', wanted: WANTED });
  }
  const folder = path.dirname(file);
  const shards = Object.entries(map).map(([name, shard]) => {
    if (typeof shard === 'string' && /^[^/\\:]+\.safetensors$/.test(shard)) return [name, path.join(folder, shard)] as const;
    const got = `the file ${printable(JSON.stringify(shard))} for "${printable(name)}"`;
    throw new ParameterError({ what: where, got, wanted: 'a .safetensors file in the folder of the index' });
  });
  return new Map(shards);
}
