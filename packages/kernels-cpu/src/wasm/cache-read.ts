// The keys and values of a cache as they would be given to a full pass: for looking at them again, which steps do not need.
import { KEY_PANEL } from '../generated/attend-wasm.ts';
import { blockAddress } from './cache-layout.ts';
import type { CacheState } from './cache-state.ts';

/** [blocks, length, d] */
export function readKeys({ words, layout }: CacheState, blocks: number, length: number, d: number): Float32Array {
  const key = new Float32Array(blocks * length * d);
  for (let row = 0; row < blocks * length; row++) {
    const token = row % length;
    const lane = token % KEY_PANEL;
    const panel = blockAddress(layout, Math.floor(row / length)) / 4 + (token - lane) * d;
    for (let c = 0; c < d; c++) key[row * d + c] = words.floats[panel + c * KEY_PANEL + lane];
  }
  return key;
}

/** [blocks, length, dv] */
export function readValues({ words, layout }: CacheState, blocks: number, length: number, dv: number): Float32Array {
  const value = new Float32Array(blocks * length * dv);
  for (let row = 0; row < blocks * length; row++) {
    const start =
      (blockAddress(layout, Math.floor(row / length)) + layout.valuesInBlock) / 4 + (row % length) * layout.valueStride;
    value.set(words.floats.subarray(start, start + dv), row * dv);
  }
  return value;
}
