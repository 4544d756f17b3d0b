// Where everything lies in the memory of a cache: first what has a fixed size, then the blocks of the key/value heads, one after another,
// each with keys, values and key norms; last the bias. So a greater capacity moves blocks towards higher addresses only.
import type { AttentionPlan } from '@relbias/bias-spec';
import { CONSTANTS_END, KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import { ROWS_PER_BLOCK } from '../kernel.ts';
import type { CacheTables } from './cache-tables.ts';
import { STAGED_BYTES, aligned, placingFrom } from './placing.ts';
import { STRIP_WORDS } from './strip.ts';
import type { Sizes } from './workspace.ts';
import { requireAddressable } from './workspace.ts';

/** Byte addresses; those of a block are offsets from its beginning. */
export interface CacheLayout {
  /** Tokens; a multiple of KEY_BLOCK. */
  readonly capacity: number;
  readonly strip: number;
  readonly scratch: number;
  readonly query: number;
  readonly output: number;
  readonly logSumExp: number;
  readonly staging: number;
  readonly stagedRows: number;
  readonly blocks: number;
  readonly blockBytes: number;
  readonly valuesInBlock: number;
  readonly normsInBlock: number;
  /** In floats. */
  readonly valueStride: number;
  readonly tables: number;
  readonly tableMaxima: number;
  readonly rowScales: number;
  readonly breaks: number;
  readonly slopes: number;
  readonly intercepts: number;
  readonly bytes: number;
}

const WAY_OUT = 'Truncate the cache, or split the batch or the heads over several.';

/** Whether keys and values alone would fit, to be asked before tables are made for so many tokens. @throws UnsupportedError. */
export function requireCapacity({ batch, keyValueHeads, headDim, valueDim }: AttentionPlan, capacity: number): void {
  requireAddressable(4 * batch * keyValueHeads * capacity * (headDim + valueDim), WAY_OUT);
}

/** @throws UnsupportedError for a capacity that does not fit. */
export function layOutCache(plan: AttentionPlan, tables: CacheTables, capacity: number, sizes: Sizes): CacheLayout {
  const { batch, keyValueHeads, headDim, valueDim } = plan;
  const { take, end } = placingFrom(CONSTANTS_END);
  const words = (count: number): number => take(count * 4);
  const widest = Math.max(headDim, valueDim);
  const stagedRows = Math.max(1, Math.floor(STAGED_BYTES / (4 * widest)));
  const valueStride = sizes.paddedColumns(valueDim);
  // Capacities are whole blocks of keys, so that all of this stays aligned.
  const valuesInBlock = sizes.packedBytes(capacity, headDim, KEY_PANEL);
  const normsInBlock = valuesInBlock + capacity * valueStride * 4;
  const blockBytes = aligned(normsInBlock + (8 * capacity) / KEY_BLOCK);
  const pieces = tables.piecewise === null ? 0 : tables.piecewise.breaks.length + 1;
  const layout = {
    capacity,
    strip: words(STRIP_WORDS),
    scratch: take(sizes.scratchBytes(headDim, valueDim, plan.numerics === 'reproducible')),
    query: words(ROWS_PER_BLOCK * headDim),
    output: words(ROWS_PER_BLOCK * valueDim),
    logSumExp: words(ROWS_PER_BLOCK),
    staging: words(stagedRows * widest),
    stagedRows,
    blocks: take(batch * keyValueHeads * blockBytes),
    blockBytes,
    valuesInBlock,
    normsInBlock,
    valueStride,
    tables: words(tables.table.data.length),
    tableMaxima: words(Math.ceil(tables.count / KEY_BLOCK)),
    rowScales: words(pieces === 0 ? 0 : capacity),
    breaks: words(pieces),
    slopes: words(plan.heads * pieces),
    intercepts: words(plan.heads * pieces),
  };
  requireAddressable(end(), WAY_OUT);
  return { ...layout, bytes: end() };
}

/** Where the block of a batch row and key/value head begins. */
export function blockAddress({ blocks, blockBytes }: CacheLayout, block: number): number {
  return blocks + block * blockBytes;
}
