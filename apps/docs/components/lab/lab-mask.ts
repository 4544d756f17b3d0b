// The mask that the lab's fields describe: causal, a window, key lengths, and segments as the lengths of packed sequences.
import type { Mask } from '@relbias/bias-spec';

export interface MaskFields {
  readonly causal: boolean;
  /** How many past and future keys a query sees; negative: all. */
  readonly left: number;
  readonly right: number;
  /** Keys from this one on are padding; 0: none. */
  readonly keyLength: number;
  /** Lengths of packed sequences, such as `8, 16`; empty: one sequence. */
  readonly packed: string;
}

/** @throws Error for packed lengths that are not positive integers, or that exceed the tokens. */
export function labMask({ causal, left, right, keyLength, packed }: MaskFields, queries: number, keys: number): Mask {
  return {
    causal,
    window: { ...(left >= 0 ? { left } : {}), ...(right >= 0 ? { right } : {}) },
    ...(keyLength > 0 ? { keyLengths: [keyLength] } : {}),
    ...(packed.trim() === '' ? {} : { segments: { query: segmentIds(packed, queries), key: segmentIds(packed, keys) } }),
  };
}

/** The segment of each token; tokens beyond the packed lengths form one more segment. */
function segmentIds(packed: string, tokens: number): number[] {
  const lengths = packed.split(',').map((part) => (/^\s*[1-9]\d*\s*$/.test(part) ? Number(part) : Number.NaN));
  const sum = lengths.reduce((total, length) => total + length, 0);
  if (!(sum <= tokens))
    throw new Error(`Packed sequences: got "${packed}", wanted lengths such as "8, 16" that add up to at most ${tokens} tokens.`);
  const ids = lengths.flatMap((length, segment) => Array<number>(length).fill(segment));
  return [...ids, ...Array<number>(tokens - sum).fill(lengths.length)];
}
