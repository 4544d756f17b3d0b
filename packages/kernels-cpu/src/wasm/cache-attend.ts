// Attention of a block of query rows over the keys and values of a cache: the parameter block says what a full pass over the same tokens
// would say, so that the kernel computes the same bits.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { CacheCall } from '../kernel-cache.ts';
import type { RowBlock } from '../kernel.ts';
import { blockAddress } from './cache-layout.ts';
import type { CacheState } from './cache-state.ts';
import { tableWindow } from './cache-tables.ts';
import { profileFields } from './reproducible.ts';
import { negligibleGap } from './skipping.ts';
import type { StripField } from './strip.ts';
import { setField } from './strip.ts';

/** Computes a block of rows. Costs O(rows * length). */
export function attendCached(
  plan: AttentionPlan,
  state: CacheState,
  call: CacheCall,
  { b, h, firstRow, endRow }: RowBlock,
): void {
  const { heads, keyValueHeads, headDim, valueDim, mask } = plan;
  const { layout, tables, words, putTensor, workspace } = state;
  const { length, queries, query, dtypes, outputs } = call;
  const set = (name: StripField, value: number): void => setField(words, layout.strip, name, value);
  const rows = endRow - firstRow;
  const position = length - queries + firstRow;
  const outRow = (b * heads + h) * queries + firstRow;
  const keys = blockAddress(layout, b * keyValueHeads + Math.floor(h / (heads / keyValueHeads)));

  const window = tableWindow(tables, mask.minDistance, length, queries);
  const own = tables.shared ? 0 : h;
  const table = layout.tables + 4 * (own * tables.length + window.first);
  const gap = negligibleGap(length);
  const pays = tables.mayPay[own] && workspace.kernel.putTableMaxima(table, window.count, layout.tableMaxima) > gap;

  set('rows', rows);
  set('queryStart', position);
  set('keyLength', length);
  set('packedKeys', keys);
  set('values', keys + layout.valuesInBlock);
  set('keyNorms', pays ? keys + layout.normsInBlock : 0);
  set('negligibleGap', gap);
  set('table', table);
  set('tableTop', window.top);
  set('tableCount', window.count);
  set('rowScale', layout.rowScales + 4 * position);
  set('slopes', layout.slopes + 4 * h * tables.pieces);
  set('intercepts', layout.intercepts + 4 * h * tables.pieces);
  for (const [name, value] of Object.entries(profileFields(plan, dtypes))) set(name as StripField, value);
  putTensor(query, outRow * headDim, rows * headDim, layout.query);

  workspace.kernel.attend(layout.strip);

  const output = layout.output / 4;
  const logSumExp = layout.logSumExp / 4;
  outputs.output.set(words.floats.subarray(output, output + rows * valueDim), outRow * valueDim);
  outputs.logSumExp.set(words.floats.subarray(logSumExp, logSumExp + rows), outRow);
}
