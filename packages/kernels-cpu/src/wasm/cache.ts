// A key/value cache: keys and values stay in memory in the kernel's layout, packed and padded, per batch row and key/value head. A call reads
// them like any other source, and its bits are those of a full pass. cache-state.ts defines how the memory is laid out and grows.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { RawTensor } from '@relbias/bias-spec/backend';
import type { CacheCall, KernelCache, KernelCall } from '../backend/kernel.ts';
import { KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import { negligibleGap } from './bias-tables.ts';
import type { CacheWorkArea } from './cache-layout.ts';
import { copy, move, usedBytes } from './cache-layout.ts';
import type { Setting, State } from './cache-state.ts';
import { inRoomFor, readBack, viewed } from './cache-state.ts';
import type { KeyValuePlace } from './layout.ts';
import type { Source } from './pipeline.ts';
import { beginCall, singleThreadQueue } from './pipeline.ts';
import { profileOf } from './reproducible.ts';
import type { Sharing } from './threads/sharing.ts';
import { shares, workOf } from './threads/sharing.ts';
import type { Inspect } from './views.ts';
import { putRows, magnitudeCheck } from './views.ts';
import type { WorkspacePool } from './workspace.ts';
import { grow } from './workspace.ts';

/** An empty cache with a capacity of at least `tokens`. @throws UnsupportedError if memory runs out. */
export function openCache(plan: AttentionPlan, pool: WorkspacePool, sharing: Sharing | null, tokens: number): KernelCache {
  const setting = { plan, profile: plan.numerics === 'fast' ? null : profileOf(plan), sharing, pool: sharing?.pool ?? pool };
  const workspace = setting.pool.open();
  return cacheIn(setting, inRoomFor(setting, workspace, tokens));
}

function cacheIn(setting: Setting, first: State): KernelCache {
  const { plan, profile, sharing, pool } = setting;
  let state = first;
  /** Computes the norms of all keys again, after keys or tables have moved. */
  const putAllNorms = (of: State, length: number): void => {
    for (const head of of.layout.keyValues) putNorms(of, head, 0, length, plan.headDim);
  };
  return {
    get capacity() {
      return state.layout.capacity;
    },
    get bytes() {
      return state.workspace.memory.buffer.byteLength;
    },
    reserve(tokens, length) {
      const { workspace, layout } = state;
      if (tokens <= layout.capacity) return;
      state = inRoomFor(setting, workspace, tokens, (to) => {
        move(workspace, layout, to, usedBytes(plan, layout, length));
      });
      putAllNorms(state, length);
    },
    append(length, tokens, key, value) {
      const { workspace, layout, views } = state;
      const inspect = (tensor: RawTensor, role: 'score' | 'value'): Inspect =>
        profile?.canonicaliser(workspace, tensor.dtype, role, () => {}) ?? (() => {});
      const incoming = { key, value, inspectKeys: inspect(key, 'score'), inspectValues: inspect(value, 'value') };
      layout.keyValues.forEach((head, index) => {
        putRows(views, workspace.kernel, plan, layout, incoming, index * tokens, tokens, head, length);
        putNorms(state, head, length, length + tokens, plan.headDim);
      });
    },
    truncate(length) {
      for (const head of state.layout.keyValues) {
        state.workspace.kernel.clearPanel(plan.headDim, KEY_PANEL, length, head.packedKeys);
        putNorms(state, head, length, length, plan.headDim);
      }
    },
    start: (call, patient) => start(setting, state, call, patient),
    read: (length) => readBack(plan, state, length),
    fork(length) {
      const workspace = pool.open();
      const { layout, bias } = state;
      grow(workspace.memory, layout.bytes);
      copy(state.workspace, workspace, layout, usedBytes(plan, layout, length));
      const own = viewed(plan, workspace, layout, bias);
      putAllNorms(own, length);
      return cacheIn(setting, own);
    },
    dispose: () => sharing?.team.forget(state.workspace.memory),
  };
}

function start(
  { plan, profile, sharing }: Setting,
  state: State,
  { length, queries, query, dtypes, outputs, check }: CacheCall,
  patient: boolean,
): KernelCall | null {
  const { workspace, layout, bias, views, rings } = state;
  const { mask, batch } = plan;
  const { piecewise } = bias;
  const position = length - queries;
  const rows = { queryStart: ofEach(batch, position), keyLengths: ofEach(batch, length) };
  const share = sharing === null ? false : shares(sharing, workOf({ ...plan, queries, keys: length }, rows), patient);
  if (share === null) return null;
  // The same values as in a full pass over `length` tokens, whose table is a window of the cache's.
  const gap = negligibleGap(length);
  const tableTop = Math.min(bias.top, length - 1);
  const tableCount = Math.max(0, tableTop - Math.max(mask.minDistance, 1 - queries) + 1);
  const window = { tableTop, tableCount, negligibleGap: gap };
  const workArea = (share && layout.shared) || layout.alone;
  const pass = {
    plan,
    queries,
    keys: length,
    ...rows,
    queryPositions: null,
    querySegments: null,
    rowScales: piecewise && ((): Float32Array => piecewise.rowScales.subarray(position, length)),
    ring: (share && rings.shared) || rings.alone,
    fields: profile === null ? window : { ...profile.fields(dtypes), ...window },
  };
  const source = cacheSource(state, workArea, bias.lead + bias.top - tableTop, tableCount, gap);
  const queue = sharing !== null && share ? sharing.team.openQueue(workspace.memory, workArea) : singleThreadQueue();
  const tensors = { query, outputs, resident: null, inspectQueries: magnitudeCheck(workspace, plan, check) };
  return beginCall(pass, workArea, workspace, views, source, queue, tensors, () => {});
}

/** The same number for each batch row. A plain loop, because a cached step is short. */
function ofEach(batch: number, one: number): number[] {
  const list: number[] = [];
  for (let b = 0; b < batch; b++) list.push(one);
  return list;
}

/** Keys, values and tables that are in memory already. The table of a call is entries first .. first + count - 1 of the cache's. */
function cacheSource(
  { workspace: { kernel }, layout, bias }: State,
  workArea: CacheWorkArea,
  first: number,
  count: number,
  gap: number,
): Source {
  const canSkip: (boolean | undefined)[] = [];
  const pieces = bias.piecewise?.slopes.length ?? 0;
  return {
    // Another call in this work area has overwritten the maxima with those of its own window.
    begin: () => void canSkip.fill(undefined),
    keyValueHead: (index) => layout.keyValues[index],
    biasHead(h) {
      const own = bias.shared ? 0 : h;
      const table = layout.tables + 4 * (own * bias.length + first);
      const maxima = workArea.tableMaxima + own * layout.maximaStride;
      const skips = (canSkip[own] ??= bias.mayEverSkip[own] && kernel.putTableMaxima(table, count, maxima) > gap);
      return {
        table,
        tableMaxima: skips ? maxima : 0,
        slopes: layout.slopes + 4 * h * pieces,
        intercepts: layout.intercepts + 4 * h * pieces,
      };
    },
  };
}

/**
 * Computes the norms of the key blocks that hold tokens from .. end - 1, and of the block of `from` in any case, because it may have changed.
 * Code that changes keys or tables must call this (docs/skipping.md). If no bias of this capacity can make a key negligible, the norms are not
 * used and not computed; after growing they may be needed.
 */
function putNorms(
  { bias, workspace: { kernel } }: State,
  { packedKeys, keyNorms }: KeyValuePlace,
  from: number,
  end: number,
  headDim: number,
): void {
  if (!bias.mayEverSkip.includes(true)) return;
  const first = Math.floor(from / KEY_BLOCK);
  kernel.putKeyNorms(packedKeys + first * KEY_BLOCK * headDim * 4, end - first * KEY_BLOCK, headDim, keyNorms + first * 8);
}
