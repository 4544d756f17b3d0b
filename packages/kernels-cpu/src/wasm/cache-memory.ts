// Keys and values that stay in WebAssembly memory, as the kernel reads them: keys packed, values padded, per batch row and key/value head.
// How they come in, how they move when the capacity grows, and how they are copied. Attention over them: cache-attend.ts.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { RawTensor } from '@relbias/bias-spec/backend';
import { requireReproducible } from '@relbias/bias-spec/reproducible';
import { KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import type { KernelCache } from '../kernel-cache.ts';
import { attendCached } from './cache-attend.ts';
import type { CacheLayout } from './cache-layout.ts';
import { blockAddress, layOutCache, requireCapacity } from './cache-layout.ts';
import { copy, move, usedBytes } from './cache-moves.ts';
import { putNorms } from './cache-norms.ts';
import { readKeys, readValues } from './cache-read.ts';
import type { CacheState } from './cache-state.ts';
import { settle, viewed } from './cache-state.ts';
import type { CacheTables } from './cache-tables.ts';
import { cacheTables } from './cache-tables.ts';
import type { Canonicalise } from './reproducible.ts';
import { canonicaliser } from './reproducible.ts';
import type { Workspace, WorkspacePool } from './workspace.ts';
import { grow } from './workspace.ts';

/** An empty cache with room for so many tokens. @throws UnsupportedError where that does not fit. */
export function openCache(plan: AttentionPlan, pool: WorkspacePool, tokens: number): KernelCache {
  if (plan.numerics === 'reproducible') requireReproducible(plan);
  const workspace = pool.open();
  const { tables, layout } = placed(plan, tokens, workspace);
  grow(workspace.memory, layout.bytes);
  return cacheIn(plan, pool, settle(plan, workspace, layout, tables));
}

function cacheIn(plan: AttentionPlan, pool: WorkspacePool, first: CacheState): KernelCache {
  const { headDim, valueDim } = plan;
  const blocks = plan.batch * plan.keyValueHeads;
  let state = first;
  /** Of all keys, where they or their tables have come to a new place. */
  const putAllNorms = (of: CacheState, length: number): void => {
    for (let block = 0; block < blocks; block++) putNorms(of, block, 0, length, headDim);
  };
  return {
    get capacity() {
      return state.layout.capacity;
    },
    get bytes() {
      return state.workspace.memory.buffer.byteLength;
    },
    reserve(tokens, length) {
      if (tokens <= state.layout.capacity) return;
      const { workspace } = state;
      const { tables, layout } = placed(plan, tokens, workspace);
      grow(workspace.memory, layout.bytes);
      // Nothing can fail from here on.
      move(workspace, state.layout, layout, blocks, usedBytes(plan, state.layout, length));
      state = settle(plan, workspace, layout, tables);
      putAllNorms(state, length);
    },
    append(length, tokens, key, value) {
      const { kernel } = state.workspace;
      const canonicaliseKeys = canonicaliser(plan, kernel, key.dtype, 'score');
      const canonicaliseValues = canonicaliser(plan, kernel, value.dtype, 'value');
      for (let block = 0; block < blocks; block++) {
        appendKeys(state, block, length, key, block * tokens, tokens, headDim, canonicaliseKeys);
        appendValues(state, block, length, value, block * tokens, tokens, valueDim, canonicaliseValues);
        putNorms(state, block, length, length + tokens, headDim);
      }
    },
    truncate(length) {
      for (let block = 0; block < blocks; block++) {
        state.workspace.kernel.clearPanel(headDim, KEY_PANEL, length, blockAddress(state.layout, block));
        putNorms(state, block, length, length, headDim);
      }
    },
    compute: (call, block) => attendCached(plan, state, call, block),
    read: (length) => ({
      key: readKeys(state, blocks, length, headDim),
      value: readValues(state, blocks, length, valueDim),
    }),
    fork(length) {
      const workspace = pool.open();
      const { layout, tables } = state;
      grow(workspace.memory, layout.bytes);
      copy(state.workspace, workspace, layout, blocks, usedBytes(plan, layout, length));
      const own = viewed(plan, workspace, layout, tables);
      putAllNorms(own, length);
      return cacheIn(plan, pool, own);
    },
  };
}

/** What room for so many tokens takes, in whole blocks of keys. @throws UnsupportedError where that does not fit. */
function placed(plan: AttentionPlan, tokens: number, { kernel }: Workspace): { tables: CacheTables; layout: CacheLayout } {
  const capacity = Math.ceil(tokens / KEY_BLOCK) * KEY_BLOCK;
  requireCapacity(plan, capacity);
  const tables = cacheTables(plan, capacity);
  return { tables, layout: layOutCache(plan, tables, capacity, kernel) };
}

function appendKeys(
  state: CacheState,
  block: number,
  length: number,
  key: RawTensor,
  first: number,
  rows: number,
  d: number,
  canonicalise: Canonicalise,
): void {
  const { layout, workspace, putTensor } = state;
  for (let from = 0; from < rows; from += layout.stagedRows) {
    const count = Math.min(layout.stagedRows, rows - from);
    putTensor(key, (first + from) * d, count * d, layout.staging);
    canonicalise(layout.staging, count * d);
    workspace.kernel.appendPanels(layout.staging, count, d, KEY_PANEL, length + from, blockAddress(layout, block));
  }
}

function appendValues(
  state: CacheState,
  block: number,
  length: number,
  value: RawTensor,
  first: number,
  rows: number,
  dv: number,
  canonicalise: Canonicalise,
): void {
  const { layout, workspace, putTensor } = state;
  const { valueStride, stagedRows, staging } = layout;
  const target = blockAddress(layout, block) + layout.valuesInBlock + length * valueStride * 4;
  if (valueStride === dv) {
    putTensor(value, first * dv, rows * dv, target);
    canonicalise(target, rows * dv);
    return;
  }
  for (let from = 0; from < rows; from += stagedRows) {
    const count = Math.min(stagedRows, rows - from);
    putTensor(value, (first + from) * dv, count * dv, staging);
    canonicalise(staging, count * dv);
    workspace.kernel.padRows(staging, count, dv, valueStride, target + from * valueStride * 4);
  }
}
