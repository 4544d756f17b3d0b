// The state of a cache's memory: its layout, its views, and its bias tables, which cover every position within the capacity. Growing replaces
// all of them.
import type { AttentionPlan } from '@relbias/bias-spec';
import { replan, withRoom } from '@relbias/bias-spec/backend';
import { KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import type { BiasTables } from './bias-tables.ts';
import { biasTables, negligibleGap } from './bias-tables.ts';
import type { CacheWorkArea, CacheLayout } from './cache-layout.ts';
import { layOutCache, requireCapacity } from './cache-layout.ts';
import { ringOf } from './layout.ts';
import type { Profile } from './reproducible.ts';
import type { Sharing } from './threads/sharing.ts';
import type { Views } from './views.ts';
import { viewsOf } from './views.ts';
import type { Workspace, WorkspacePool } from './workspace.ts';
import { grow } from './workspace.ts';

/** The parts that growing does not change. */
export interface Setting {
  readonly plan: AttentionPlan;
  readonly profile: Profile | null;
  readonly sharing: Sharing | null;
  /** Shared memories if there are workers. */
  readonly pool: WorkspacePool;
}

/** The parts that growing replaces. */
export interface State {
  readonly workspace: Workspace;
  readonly layout: CacheLayout;
  readonly bias: CacheBias;
  readonly views: Views;
  /** The initial words of the parameter blocks of each work area. */
  readonly rings: { readonly alone: Int32Array; readonly shared: Int32Array | null };
}

/** The bias, whose tables are in memory. */
export interface CacheBias extends Pick<BiasTables, 'form' | 'top' | 'lead' | 'piecewise'> {
  /** Floats of the table of one head, and whether all heads share one table. */
  readonly length: number;
  readonly shared: boolean;
  /** Per table: whether it may ever make a key negligible. */
  readonly mayEverSkip: readonly boolean[];
}

/** Grows a memory to hold `tokens` tokens. `move` is called after everything that can fail, before the tables are written. */
export function inRoomFor(setting: Setting, workspace: Workspace, tokens: number, move?: (to: CacheLayout) => void): State {
  const { plan, sharing } = setting;
  const capacity = Math.ceil(tokens / KEY_BLOCK) * KEY_BLOCK;
  requireCapacity(plan, capacity);
  const tables = tablesOf(setting, capacity);
  const team = sharing && { threads: sharing.team.threads.count, places: sharing.team.places };
  const layout = layOutCache(plan, tables, capacity, workspace.kernel, team);
  grow(workspace.memory, layout.bytes);
  move?.(layout);
  const { table, piecewise, spreads, form, top, lead } = tables;
  if (table === null) throw new TypeError('contiguous positions have a table');
  const { length, shared } = table;
  // The gap is smallest for one key.
  const mayEverSkip = spreads.map((spread) => spread > negligibleGap(1));
  const state = viewed(plan, workspace, layout, { form, top, lead, piecewise, length, shared, mayEverSkip });
  const put = (data: Float32Array, address: number): void => state.views.floats.set(data, address / 4);
  put(table.data, layout.tables);
  if (piecewise !== null) {
    put(piecewise.breaks, layout.breaks);
    put(piecewise.slopes.data, layout.slopes);
    put(piecewise.intercepts.data, layout.intercepts);
  }
  return state;
}

/** The tables for every distance within the capacity. A call of a given length reads a window of them. */
function tablesOf({ plan, profile }: Setting, capacity: number): BiasTables {
  const whole = replan(plan, { batch: 1, headDim: 1, valueDim: 1, queries: capacity, keys: capacity });
  const hint = 'Use caches of fewer heads, or a smaller capacity.';
  const tables = `the tables of a bias of ${plan.heads} heads over ${capacity} tokens`;
  return withRoom('cpu wasm', tables, hint, () => biasTables(whole, profile));
}

/** The state of a memory whose tables are already written. */
export function viewed(plan: AttentionPlan, workspace: Workspace, layout: CacheLayout, bias: CacheBias): State {
  const ring = (workArea: CacheWorkArea): Int32Array => ringOf(workArea, plan, bias, layout);
  const rings = { alone: ring(layout.alone), shared: layout.shared && ring(layout.shared) };
  return { workspace, layout, bias, views: viewsOf(workspace), rings };
}

/** The first `length` keys and values as a full pass would receive them; only the rare check of magnitudes needs them. */
export function readBack(
  { batch, keyValueHeads, headDim, valueDim }: AttentionPlan,
  { views: { floats }, layout }: State,
  length: number,
): { readonly key: Float32Array; readonly value: Float32Array } {
  const rows = batch * keyValueHeads * length;
  const key = new Float32Array(rows * headDim);
  const value = new Float32Array(rows * valueDim);
  for (let row = 0; row < rows; row++) {
    const token = row % length;
    const { packedKeys, values } = layout.keyValues[Math.floor(row / length)];
    const inPanel = token % KEY_PANEL;
    const panel = packedKeys / 4 + (token - inPanel) * headDim;
    for (let c = 0; c < headDim; c++) key[row * headDim + c] = floats[panel + c * KEY_PANEL + inPanel];
    const start = values / 4 + token * layout.valueStride;
    value.set(floats.subarray(start, start + valueDim), row * valueDim);
  }
  return { key, value };
}
