// The WebAssembly kernel as the backend sees it: what lies in memory is brought up to date block by block, in whatever order blocks
// come; in the order b, h, rows each table and each key/value head is copied once, and grouped heads share theirs.
import type { AttentionPlan, RawInputs } from '@relbias/bias-spec';
import { KEY_PANEL } from '../generated/attend-wasm.ts';
import type { CpuKernel, KernelCall, Outputs, PreparedKernel } from '../kernel.ts';
import type { BiasTables } from './bias-tables.ts';
import { biasTables, ofHead } from './bias-tables.ts';
import { openCache } from './cache-memory.ts';
import type { Layout } from './layout.ts';
import { layOut } from './layout.ts';
import type { VariantName } from './module.ts';
import { tensorPutter } from './put-tensor.ts';
import type { Skipping } from './skipping.ts';
import { skippingOf } from './skipping.ts';
import type { StripField } from './strip.ts';
import { setField, setFields, wordsOf } from './strip.ts';
import type { Workspace, WorkspacePool } from './workspace.ts';

/** The kernel over a pool of memories, which it closes when disposed. */
export function wasmKernel(pool: WorkspacePool, variant: VariantName): CpuKernel {
  return {
    name: 'wasm',
    device: 'WebAssembly SIMD, 1 thread',
    variant,
    numerics: ['fast'],
    prepare: (plan) => prepareWasm(plan, pool),
    openCache: (plan, capacity) => openCache(plan, pool, capacity),
    dispose: () => pool.close(),
  };
}

function prepareWasm(plan: AttentionPlan, pool: WorkspacePool): PreparedKernel {
  const bias = biasTables(plan);
  const skipping = skippingOf(plan, bias);
  const layout = layOut(plan, bias, skipping, pool.sizes());
  return {
    start(inputs, outputs) {
      const workspace = pool.take(layout.bytes);
      return {
        compute: computeBlocks(plan, bias, skipping, layout, workspace, inputs, outputs),
        end: () => pool.give(workspace),
      };
    },
  };
}

function computeBlocks(
  plan: AttentionPlan,
  bias: BiasTables,
  skipping: Skipping | null,
  layout: Layout,
  { memory, kernel }: Workspace,
  inputs: RawInputs,
  outputs: Outputs,
): KernelCall['compute'] {
  const { heads, keyValueHeads, queries, keys, headDim, valueDim, mask, positions } = plan;
  const { querySegments, keySegments } = mask;
  const { piecewise } = bias;
  const group = heads / keyValueHeads;
  // The memory does not grow during a call, so that these views stay valid.
  const words = wordsOf(memory);
  const { floats, ints } = words;
  const put = (data: Float32Array, address: number): void => floats.set(data, address / 4);
  const putTensor = tensorPutter(memory, kernel);
  const putInts = (data: Int32Array, address: number): void => ints.set(data, address / 4);
  const set = (name: StripField, value: number): void => setField(words, layout.strip, name, value);

  setFields(words, layout.strip, {
    query: layout.query,
    d: headDim,
    packedKeys: layout.packedKeys,
    values: layout.values,
    valueStride: layout.valueStride,
    dv: valueDim,
    output: layout.output,
    logSumExp: layout.logSumExp,
    scale: plan.scale,
    softcap: plan.softcap,
    form: bias.form,
    table: bias.table === null ? 0 : layout.table + 4 * bias.lead,
    tableTop: bias.top,
    tableCount: bias.count,
    tableMaxima: layout.tableMaxima,
    negligibleGap: skipping?.gap ?? 0,
    rowScale: layout.rowScale,
    breaks: layout.breaks,
    breakCount: piecewise?.breaks.length ?? 0,
    slopes: layout.slopes,
    intercepts: layout.intercepts,
    minVisible: mask.minDistance,
    maxVisible: mask.maxDistance,
    queryPositions: layout.queryPositions,
    keyPositions: layout.keyPositions,
    querySegments: layout.querySegments,
    keySegments: layout.keySegments,
    scratch: layout.scratch,
  });
  if (piecewise !== null) put(piecewise.breaks, layout.breaks);

  // What the memory holds now.
  let batchRow = -1;
  let head = -1;
  let keyValueHead = -1;

  function putBatchRow(b: number): void {
    batchRow = b;
    set('keyLength', mask.keyLengths[b]);
    if (positions.queryStart === null) putInts(positions.key.subarray(b * keys, (b + 1) * keys), layout.keyPositions);
    if (keySegments !== null) putInts(keySegments.subarray(b * keys, (b + 1) * keys), layout.keySegments);
  }

  function putHead(h: number): void {
    head = h;
    if (bias.table !== null) put(ofHead(bias.table, h), layout.table);
    set('keyNorms', skipping?.pays[h] ? layout.keyNorms : 0);
    if (skipping !== null) put(ofHead(skipping.maxima, h), layout.tableMaxima);
    if (piecewise === null) return;
    put(ofHead(piecewise.slopes, h), layout.slopes);
    put(ofHead(piecewise.intercepts, h), layout.intercepts);
  }

  /** Keys behind the key length may hold anything, so they are not even copied. */
  function putKeyValueHead(index: number): void {
    keyValueHead = index;
    const length = mask.keyLengths[batchRow];
    for (let from = 0; from < length; from += layout.stagedRows) {
      const rows = Math.min(layout.stagedRows, length - from);
      const first = index * keys + from;
      putTensor(inputs.key, first * headDim, rows * headDim, layout.staging);
      // A piece is whole panels, so panel for panel it lands where it belongs.
      kernel.packPanels(layout.staging, rows, headDim, KEY_PANEL, 1, layout.packedKeys + from * headDim * 4);
      const to = layout.values + from * layout.valueStride * 4;
      if (layout.valueStride === valueDim) {
        putTensor(inputs.value, first * valueDim, rows * valueDim, to);
      } else {
        putTensor(inputs.value, first * valueDim, rows * valueDim, layout.staging);
        kernel.padRows(layout.staging, rows, valueDim, layout.valueStride, to);
      }
    }
    if (skipping !== null) kernel.putKeyNorms(layout.packedKeys, length, headDim, layout.keyNorms);
  }

  return ({ b, h, firstRow, endRow }) => {
    if (b !== batchRow) putBatchRow(b);
    if (h !== head) putHead(h);
    const wanted = b * keyValueHeads + Math.floor(h / group);
    if (wanted !== keyValueHead) putKeyValueHead(wanted);

    const rows = endRow - firstRow;
    const outRow = (b * heads + h) * queries + firstRow;
    const row = b * queries + firstRow;
    set('rows', rows);
    putTensor(inputs.query, outRow * headDim, rows * headDim, layout.query);
    if (positions.queryStart === null) putInts(positions.query.subarray(row, row + rows), layout.queryPositions);
    else set('queryStart', positions.queryStart[b] + firstRow);
    if (querySegments !== null) putInts(querySegments.subarray(row, row + rows), layout.querySegments);
    if (piecewise !== null) put(piecewise.rowScales.subarray(row, row + rows), layout.rowScale);

    kernel.attend(layout.strip);

    const output = layout.output / 4;
    const logSumExp = layout.logSumExp / 4;
    outputs.output.set(floats.subarray(output, output + rows * valueDim), outRow * valueDim);
    outputs.logSumExp.set(floats.subarray(logSumExp, logSumExp + rows), outRow);
  };
}
