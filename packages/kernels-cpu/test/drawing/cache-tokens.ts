// Random tokens and queries of a cache, and the same tokens as one tensor for the full pass. Not a test.
import type { Dtype, Numerics, Random, Tensor } from '@relbias/bias-spec';
import { toFloat32 } from '@relbias/bias-spec';
import type { AttentionCache, CacheOptions } from '@relbias/kernels-cpu';
import { tokensOf } from '../cached-backend.ts';
import { drawTensor, integer, pick } from '../draw.ts';

export const DTYPES: readonly Dtype[] = ['float32', 'float16', 'bfloat16'];

interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly valueDim: number;
}

export type Given = CacheOptions & Sizes & { readonly numerics: Numerics };

/** Some tokens as they were appended. */
export interface Part {
  readonly key: Tensor;
  readonly value: Tensor;
}

/** A cache together with everything that was appended to it. */
export interface Held {
  readonly cache: AttentionCache;
  parts: readonly Part[];
}

export function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { key }) => sum + key.shape[2], 0);
}

/** The part of them within the first `length` tokens. */
export function cut(parts: readonly Part[], length: number): Part[] {
  let left = length;
  const kept = parts.map(({ key, value }) => {
    const tokens = Math.min(key.shape[2], left);
    left -= tokens;
    return { key: tokensOf(key, 0, tokens), value: tokensOf(value, 0, tokens) };
  });
  return kept.filter(({ key }) => key.shape[2] > 0);
}

export function drawCount(random: Random, length: number): number {
  const kind = random();
  if (kind < 0.4) return integer(random, 1, 9);
  if (kind < 0.6) return Math.max(1, 64 - (length % 64) + integer(random, -1, 1));
  return kind < 0.85 ? integer(random, 10, 130) : integer(random, 100, 350);
}

/** Ordinary tokens, tokens of zeros, or tokens with one key of a much larger norm: an attention sink. */
export function drawPart(
  random: Random,
  first: boolean,
  { batch, keyValueHeads, headDim, valueDim }: Sizes,
  tokens: number,
  keyDtype: Dtype,
  valueDtype: Dtype,
  tell: (what: string) => void,
  factor: number = pick(random, [1, 1, 0.1, 0, 0]),
): Part {
  // At the beginning of a text more often than later.
  const sink = random() < (first ? 0.6 : 0.1) ? integer(random, 0, tokens - 1) : -1;
  const norm = pick(random, [8, 60, 60, 1000]);
  tell(`append ${tokens}, ${keyDtype} and ${valueDtype}, times ${factor}${sink < 0 ? '' : `, token ${sink} of ${norm}`}`);
  const text = String(random());
  const number = (index: number, plain: number): number =>
    Math.floor(index / headDim) % tokens === sink ? norm * (0.5 + 0.1 * plain) : factor * plain;
  return {
    key: drawTensor(`key ${text}`, batch, keyValueHeads, tokens, headDim, keyDtype, (plain, index) => number(index, plain)),
    value: drawTensor(`value ${text}`, batch, keyValueHeads, tokens, valueDim, valueDtype, (plain) =>
      factor > 1 ? factor * plain : plain,
    ),
  };
}

export function drawQuery(random: Random, { batch, heads, headDim, numerics }: Given, rows: number): Tensor {
  const [along, factor] = pick(random, [
    [0, 1],
    [0.7, 0.3],
    [0.7, 0.3],
    [1, 0],
    [0.1, 0],
    [0, 0],
    [0, 6],
  ] as const);
  const dtype = numerics === 'fast' ? pick(random, DTYPES) : 'float32';
  return drawTensor(`query ${random()}`, batch, heads, rows, headDim, dtype, (plain) => along + factor * plain);
}

export function drawRows(random: Random, length: number): number {
  const kind = random();
  if (kind < 0.5) return 1;
  return Math.min(length, kind < 0.8 ? integer(random, 2, 9) : integer(random, 10, 140));
}

/** All parts concatenated along the tokens: in float32, or in the reproducible profile in their own dtype. */
export function joined(parts: readonly Part[], which: keyof Part, { batch, keyValueHeads, numerics }: Given): Tensor {
  const all = parts.map((part) => part[which]);
  const [first] = all;
  const dim = first.shape[3];
  const keys = lengthOf(parts);
  const dtype = numerics === 'fast' ? 'float32' : first.dtype;
  const size = batch * keyValueHeads * keys * dim;
  const data = dtype === 'float32' ? new Float32Array(size) : new Uint16Array(size);
  let at = 0;
  for (const part of all) {
    const tokens = part.shape[2];
    const numbers = dtype === 'float32' ? toFloat32(part) : (part.data as Uint16Array);
    for (let block = 0; block < batch * keyValueHeads; block++) {
      data.set(numbers.subarray(block * tokens * dim, (block + 1) * tokens * dim), (block * keys + at) * dim);
    }
    at += tokens;
  }
  return { data, shape: [batch, keyValueHeads, keys, dim], dtype };
}
