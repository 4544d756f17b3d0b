// The memory layout of a cache: first the parts of fixed size, then one block per key/value head with keys, values and key norms, last the bias.
// Growing therefore moves blocks to higher addresses only, and a worker that still computes a row block of an aborted call writes to addresses
// that nothing else uses.
import type { AttentionPlan } from '@relbias/bias-spec';
import { isPerDistance } from '@relbias/bias-spec/backend';
import { CONSTANTS_END, KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import type { BiasTables } from './bias-tables.ts';
import type { WorkArea, KeyValuePlace, LayoutKind } from './layout.ts';
import { SINGLE_THREAD, placeScratch, placeRowBlocks } from './layout.ts';
import type { Staging } from './views.ts';
import { placeStaging } from './views.ts';
import type { SizesOf, Workspace } from './workspace.ts';
import { aligned, placingFrom, requireAddressable } from './workspace.ts';

/** A work area with the maxima of the tables, which each call computes for its own window. */
export interface CacheWorkArea extends WorkArea {
  readonly tableMaxima: number;
}

/** Byte addresses. */
export interface CacheLayout extends Staging {
  /** In tokens; a multiple of KEY_BLOCK. */
  readonly capacity: number;
  /** `alone` is for calls on one thread, which may take turns; `shared` for the call that uses the workers, null without workers. */
  readonly alone: CacheWorkArea;
  readonly shared: CacheWorkArea | null;
  /** One block per batch row and key/value head. */
  readonly keyValues: readonly KeyValuePlace[];
  readonly tables: number;
  /** Bytes of the maxima of one table. */
  readonly maximaStride: number;
  readonly breaks: number;
  readonly slopes: number;
  readonly intercepts: number;
  readonly bytes: number;
}

const WAY_OUT = 'Truncate the cache, or split the batch or the heads over several caches.';

/** Checked before tables are computed for so many tokens. @throws UnsupportedError if keys and values alone exceed the address space. */
export function requireCapacity({ batch, keyValueHeads, headDim, valueDim }: AttentionPlan, capacity: number): void {
  requireAddressable(4 * batch * keyValueHeads * capacity * (headDim + valueDim), WAY_OUT);
}

/** @throws UnsupportedError for a capacity that exceeds the 32-bit address space. */
export function layOutCache(
  plan: AttentionPlan,
  bias: BiasTables,
  capacity: number,
  sizes: SizesOf,
  team: Pick<LayoutKind, 'threads' | 'places'> | null,
): CacheLayout {
  const { batch, keyValueHeads, headDim, valueDim } = plan;
  const placing = placingFrom(CONSTANTS_END);
  const { take, words } = placing;
  // Decided by what the bias needs at any capacity, not at this one: FIRE is a plain table up to its threshold.
  const rowScaled = !isPerDistance(plan.lowered);
  const alone = placeRowBlocks(placing, plan, rowScaled, SINGLE_THREAD);
  const shared = team && placeRowBlocks(placing, plan, rowScaled, { ...team, resident: false });
  const scratch = placeScratch(placing, plan, sizes, team?.threads ?? 1);
  const staging = placeStaging(placing, plan, sizes);
  // Capacities are whole key blocks, so all addresses stay aligned.
  const valuesInBlock = sizes.packedBytes(capacity, headDim, KEY_PANEL);
  const normsInBlock = valuesInBlock + capacity * sizes.paddedColumns(valueDim) * 4;
  const blockBytes = aligned(normsInBlock + (8 * capacity) / KEY_BLOCK);
  const { table, piecewise, spreads } = bias;
  const maximaStride = 4 * Math.ceil(bias.count / KEY_BLOCK);
  const maxima = spreads.length * maximaStride;
  const layout = {
    ...staging,
    capacity,
    keyValues: Array.from({ length: batch * keyValueHeads }, () => {
      const packedKeys = take(blockBytes);
      const [values, keyNorms] = [packedKeys + valuesInBlock, packedKeys + normsInBlock];
      return { packedKeys, values, keyNorms, keyPositions: 0, keySegments: 0 };
    }),
    tables: words(table?.data.length),
    maximaStride,
    breaks: words(piecewise?.breaks.length),
    slopes: words(piecewise?.slopes.data.length),
    intercepts: words(piecewise?.intercepts.data.length),
    alone: { ...alone, ...scratch, tableMaxima: take(maxima) },
    shared: shared && { ...shared, ...scratch, tableMaxima: take(maxima) },
  };
  requireAddressable(placing.end(), WAY_OUT);
  return { ...layout, bytes: placing.end() };
}

/** The bytes of keys and of values in use in each block. Norms are computed again after a move, because they depend on the tables too. */
export type Used = readonly [keys: number, values: number];

/** The bytes that the first `length` tokens occupy. */
export function usedBytes({ headDim }: AttentionPlan, { valueStride }: CacheLayout, length: number): Used {
  const panels = Math.ceil(length / KEY_PANEL);
  return [panels * KEY_PANEL * headDim * 4, length * valueStride * 4];
}

/** From the last part of the last block backwards: nothing is overwritten before it is read. */
export function move({ memory }: Workspace, from: CacheLayout, to: CacheLayout, used: Used): void {
  const bytes = new Uint8Array(memory.buffer);
  for (let block = from.keyValues.length - 1; block >= 0; block--) {
    const source = partsOf(from.keyValues[block]);
    const target = partsOf(to.keyValues[block]);
    for (let part = used.length - 1; part >= 0; part--) {
      bytes.copyWithin(target[part], source[part], source[part] + used[part]);
    }
  }
}

/** Copies the bytes in use of every block, and the bias. */
export function copy(from: Workspace, to: Workspace, layout: CacheLayout, used: Used): void {
  const source = new Uint8Array(from.memory.buffer);
  const target = new Uint8Array(to.memory.buffer);
  for (const place of layout.keyValues) {
    partsOf(place).forEach((address, part) => target.set(source.subarray(address, address + used[part]), address));
  }
  target.set(source.subarray(layout.tables, layout.bytes), layout.tables);
}

function partsOf({ packedKeys, values }: KeyValuePlace): readonly [keys: number, values: number] {
  return [packedKeys, values];
}
