// The memory of a cache as it is now: its layout, what its tables are, and the views of it. Growing makes all of these anew.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { CacheLayout } from './cache-layout.ts';
import type { CacheTables } from './cache-tables.ts';
import type { PutTensor } from './put-tensor.ts';
import { tensorPutter } from './put-tensor.ts';
import type { Words } from './strip.ts';
import { setFields, wordsOf } from './strip.ts';
import type { Workspace } from './workspace.ts';

export interface CacheState {
  readonly workspace: Workspace;
  readonly layout: CacheLayout;
  readonly tables: TableShape;
  readonly words: Words;
  readonly putTensor: PutTensor;
}

/** The numbers of the tables lie in the memory; this is what must be known about them. */
export interface TableShape extends Pick<CacheTables, 'form' | 'top' | 'lead' | 'mayPay'> {
  /** Of the table of one head. */
  readonly length: number;
  readonly shared: boolean;
  /** 0 where the bias is not piecewise. */
  readonly pieces: number;
}

/** Writes the tables, and views the memory. */
export function settle(plan: AttentionPlan, workspace: Workspace, layout: CacheLayout, tables: CacheTables): CacheState {
  const { table, piecewise, form, top, lead, mayPay } = tables;
  const { floats } = wordsOf(workspace.memory);
  floats.set(table.data, layout.tables / 4);
  if (piecewise !== null) {
    floats.set(piecewise.rowScales, layout.rowScales / 4);
    floats.set(piecewise.breaks, layout.breaks / 4);
    floats.set(piecewise.slopes.data, layout.slopes / 4);
    floats.set(piecewise.intercepts.data, layout.intercepts / 4);
  }
  const pieces = piecewise === null ? 0 : piecewise.breaks.length + 1;
  return viewed(plan, workspace, layout, { form, top, lead, mayPay, length: table.length, shared: table.shared, pieces });
}

/** Views a memory whose tables are in place. */
export function viewed(plan: AttentionPlan, workspace: Workspace, layout: CacheLayout, tables: TableShape): CacheState {
  const { memory, kernel } = workspace;
  const state = { workspace, layout, tables, words: wordsOf(memory), putTensor: tensorPutter(memory, kernel) };
  setConstants(plan, state);
  return state;
}

/** The fields that stay the same from call to call. */
function setConstants(plan: AttentionPlan, { layout, tables, words }: CacheState): void {
  setFields(words, layout.strip, {
    query: layout.query,
    d: plan.headDim,
    valueStride: layout.valueStride,
    dv: plan.valueDim,
    output: layout.output,
    logSumExp: layout.logSumExp,
    scale: plan.scale,
    softcap: plan.softcap,
    form: tables.form,
    tableMaxima: layout.tableMaxima,
    breaks: layout.breaks,
    breakCount: Math.max(0, tables.pieces - 1),
    minVisible: plan.mask.minDistance,
    maxVisible: plan.mask.maxDistance,
    scratch: layout.scratch,
  });
}
