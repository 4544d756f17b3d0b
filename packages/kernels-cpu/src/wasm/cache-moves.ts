// Moving the keys and values of a cache to where a greater capacity wants them, and copying them into another memory. Norms of keys are not
// moved: what they must hold depends on the tables as well, see cache-norms.ts.
import type { AttentionPlan } from '@relbias/bias-spec';
import { KEY_PANEL } from '../generated/attend-wasm.ts';
import type { CacheLayout } from './cache-layout.ts';
import { blockAddress } from './cache-layout.ts';
import type { Workspace } from './workspace.ts';

/** How many bytes of keys and of values count in each block. */
export type Used = readonly [keys: number, values: number];

/** What the first `length` tokens take. */
export function usedBytes({ headDim }: AttentionPlan, { valueStride }: CacheLayout, length: number): Used {
  const panels = Math.ceil(length / KEY_PANEL);
  return [panels * KEY_PANEL * headDim * 4, length * valueStride * 4];
}

/** Last block first, and the last part of each first: what is written then lies behind everything that is still to be read. */
export function move({ memory }: Workspace, from: CacheLayout, to: CacheLayout, blocks: number, used: Used): void {
  const bytes = new Uint8Array(memory.buffer);
  for (let block = blocks - 1; block >= 0; block--) {
    const source = partsOf(from, block);
    const target = partsOf(to, block);
    for (let part = used.length - 1; part >= 0; part--) {
      bytes.copyWithin(target[part], source[part], source[part] + used[part]);
    }
  }
}

/** The used part of every block, and the bias. */
export function copy(from: Workspace, to: Workspace, layout: CacheLayout, blocks: number, used: Used): void {
  const source = new Uint8Array(from.memory.buffer);
  const target = new Uint8Array(to.memory.buffer);
  for (let block = 0; block < blocks; block++) {
    for (const [part, address] of partsOf(layout, block).entries()) {
      target.set(source.subarray(address, address + used[part]), address);
    }
  }
  target.set(source.subarray(layout.tables, layout.bytes), layout.tables);
}

function partsOf(layout: CacheLayout, block: number): Used {
  const address = blockAddress(layout, block);
  return [address, address + layout.valuesInBlock];
}
