// The norms of a cache's keys, by which far keys are left out. They hold as long as the keys and the tables stay where they are: who changes
// either puts them anew. What relies on that: docs/skipping.md.
import { KEY_BLOCK } from '../generated/attend-wasm.ts';
import { blockAddress } from './cache-layout.ts';
import type { CacheState } from './cache-state.ts';

/**
 * Of the blocks of keys that hold tokens `from` to `end`; the first of them may have changed, even where there are none. Where no bias of
 * this capacity can let a key go, nobody reads them and none are put: a greater capacity may want those of the same keys.
 */
export function putNorms({ layout, tables, workspace }: CacheState, block: number, from: number, end: number, d: number): void {
  if (!tables.mayPay.includes(true)) return;
  const first = Math.floor(from / KEY_BLOCK);
  const keys = blockAddress(layout, block);
  workspace.kernel.putKeyNorms(
    keys + first * KEY_BLOCK * d * 4,
    end - first * KEY_BLOCK,
    d,
    keys + layout.normsInBlock + first * 8,
  );
}
