// What the caller writes into memory before a strip can be computed, and what it collects afterwards.
import type { AttentionPlan, Dtype } from '@relbias/bias-spec';
import type { RawInputs } from '@relbias/bias-spec/backend';
import type { InputRole } from '@relbias/bias-spec/reproducible';
import { KEY_PANEL } from '../generated/attend-wasm.ts';
import type { Outputs, RowBlock } from '../kernel.ts';
import type { BiasTables } from './bias-tables.ts';
import { ofHead } from './bias-tables.ts';
import type { HeadPlace, KeyValuePlace, Layout, StripPlace } from './layout.ts';
import { tensorPutter } from './put-tensor.ts';
import { canonicaliser, dtypesOf, profileFields } from './reproducible.ts';
import type { Skipping } from './skipping.ts';
import { slots } from './slots.ts';
import type { StripField } from './strip.ts';
import { setField, setFields, wordsOf } from './strip.ts';
import type { Workspace } from './workspace.ts';

/** Everything that a call follows from, next to its tensors. */
export interface Recipe {
  readonly plan: AttentionPlan;
  readonly bias: BiasTables;
  readonly skipping: Skipping | null;
}

/** What one call computes from, and into. */
export interface Tensors {
  readonly inputs: RawInputs;
  readonly outputs: Outputs;
  /** See `StartCall`. */
  readonly check: () => void;
}

/** Below this the products of tame numbers, which are below 2^100, stay below the spec's limit of 2^127. */
const TAME_SCALE = 2 ** 27;

/** Fills and collects the strips of one call. */
export interface Filling {
  /** Makes a strip ready in this place; false, and nothing is written to it, as long as what it shares with others has no room. */
  fill(block: RowBlock, strip: number, place: StripPlace, collected: number): boolean;
  /** Takes the result of a block out of its place. */
  collect(block: RowBlock, place: StripPlace): void;
}

export function filling(
  { plan, bias, skipping }: Recipe,
  layout: Layout,
  { memory, kernel }: Workspace,
  { inputs, outputs, check }: Tensors,
): Filling {
  const { heads, keyValueHeads, queries, keys, headDim, valueDim, mask, positions } = plan;
  const { querySegments, keySegments } = mask;
  const { piecewise } = bias;
  const { resident, valueStride } = layout;
  const group = heads / keyValueHeads;
  // The memory does not grow during a call, so that these views stay valid.
  const words = wordsOf(memory);
  const { floats, ints } = words;
  const put = (data: Float32Array, address: number): void => floats.set(data, address / 4);
  const putInts = (data: Int32Array, address: number): void => ints.set(data, address / 4);
  const putTensor = tensorPutter(memory, kernel);
  const profile = profileFields(plan, dtypesOf(inputs));
  /** Looks at numbers while they are in the processor's cache anyway. */
  const vet = (address: number, count: number): void => {
    if (plan.scale > TAME_SCALE || !kernel.areTame(address, count)) check();
  };
  /** The same for copies, which the reproducible profile brings into range on this occasion. */
  const vetCopyOf = (dtype: Dtype, role: InputRole): typeof vet => {
    if (plan.numerics === 'fast') return vet;
    const canonicalise = canonicaliser(plan, kernel, dtype, role);
    return (address, count) => {
      if (!canonicalise(address, count)) check();
    };
  };
  const vetKeys = vetCopyOf(inputs.key.dtype, 'score');
  const vetValues = vetCopyOf(inputs.value.dtype, 'value');

  for (const place of layout.strips) {
    setFields(words, place.strip, {
      ...profile,
      d: headDim,
      valueStride,
      dv: valueDim,
      scale: plan.scale,
      softcap: plan.softcap,
      form: bias.form,
      tableTop: bias.top,
      tableCount: bias.count,
      negligibleGap: skipping?.gap ?? 0,
      rowScale: place.rowScale,
      breaks: layout.breaks,
      breakCount: piecewise?.breaks.length ?? 0,
      minVisible: mask.minDistance,
      maxVisible: mask.maxDistance,
      queryPositions: place.queryPositions,
      querySegments: place.querySegments,
      query: place.query,
      output: place.output,
      logSumExp: place.logSumExp,
    });
  }
  if (piecewise !== null) put(piecewise.breaks, layout.breaks);

  /** Keys behind the key length may hold anything, so they are not even copied. `index` counts batch rows, then heads. */
  const keyValueSlot = slots<KeyValuePlace>(layout.keyValues, (place, index) => {
    const b = Math.floor(index / keyValueHeads);
    const length = mask.keyLengths[b];
    if (positions.queryStart === null) putInts(positions.key.subarray(b * keys, (b + 1) * keys), place.keyPositions);
    if (keySegments !== null) putInts(keySegments.subarray(b * keys, (b + 1) * keys), place.keySegments);
    if (resident === null) {
      copyKeyValueHead(place, index * keys, length);
    } else {
      const values = resident.value + index * keys * valueDim * 4;
      kernel.packPanels(resident.key + index * keys * headDim * 4, length, headDim, KEY_PANEL, 1, place.packedKeys);
      vetKeys(place.packedKeys, Math.ceil(length / KEY_PANEL) * KEY_PANEL * headDim);
      if (place.values !== 0) kernel.padRows(values, length, valueDim, valueStride, place.values);
      vetValues(place.values === 0 ? values : place.values, length * valueStride);
    }
    if (skipping !== null) kernel.putKeyNorms(place.packedKeys, length, headDim, place.keyNorms);
  });

  function copyKeyValueHead(place: KeyValuePlace, firstKey: number, length: number): void {
    const { staging, stagedRows } = layout;
    for (let from = 0; from < length; from += stagedRows) {
      const rows = Math.min(stagedRows, length - from);
      const first = firstKey + from;
      putTensor(inputs.key, first * headDim, rows * headDim, staging);
      vetKeys(staging, rows * headDim);
      // A piece is whole panels, so panel for panel it lands where it belongs.
      kernel.packPanels(staging, rows, headDim, KEY_PANEL, 1, place.packedKeys + from * headDim * 4);
      const to = place.values + from * valueStride * 4;
      if (valueStride === valueDim) {
        putTensor(inputs.value, first * valueDim, rows * valueDim, to);
        vetValues(to, rows * valueDim);
      } else {
        putTensor(inputs.value, first * valueDim, rows * valueDim, staging);
        vetValues(staging, rows * valueDim);
        kernel.padRows(staging, rows, valueDim, valueStride, to);
      }
    }
  }

  const headSlot = slots<HeadPlace>(layout.heads, (place, h) => {
    if (bias.table !== null) put(ofHead(bias.table, h), place.table);
    if (skipping !== null) put(ofHead(skipping.maxima, h), place.tableMaxima);
    if (piecewise === null) return;
    put(ofHead(piecewise.slopes, h), place.slopes);
    put(ofHead(piecewise.intercepts, h), place.intercepts);
  });

  return {
    fill({ b, h, firstRow, endRow }, strip, place, collected) {
      const index = b * keyValueHeads + Math.floor(h / group);
      const keyValue = keyValueSlot(index, strip, collected);
      const head = keyValue && headSlot(h, strip, collected);
      if (keyValue === null || head === null) return false;

      const set = (name: StripField, value: number): void => setField(words, place.strip, name, value);
      const rows = endRow - firstRow;
      const outRow = (b * heads + h) * queries + firstRow;
      const row = b * queries + firstRow;
      set('rows', rows);
      set('keyLength', mask.keyLengths[b]);
      set('packedKeys', keyValue.packedKeys);
      set('keyNorms', skipping?.pays[h] ? keyValue.keyNorms : 0);
      set('keyPositions', keyValue.keyPositions);
      set('keySegments', keyValue.keySegments);
      set('values', keyValue.values);
      set('table', bias.table === null ? 0 : head.table + 4 * bias.lead);
      set('tableMaxima', head.tableMaxima);
      set('slopes', head.slopes);
      set('intercepts', head.intercepts);
      set('scratch', layout.scratch);
      if (positions.queryStart === null) putInts(positions.query.subarray(row, row + rows), place.queryPositions);
      else set('queryStart', positions.queryStart[b] + firstRow);
      if (querySegments !== null) putInts(querySegments.subarray(row, row + rows), place.querySegments);
      if (piecewise !== null) put(piecewise.rowScales.subarray(row, row + rows), place.rowScale);
      if (resident === null) {
        putTensor(inputs.query, outRow * headDim, rows * headDim, place.query);
        vet(place.query, rows * headDim);
      } else {
        set('query', resident.query + outRow * headDim * 4);
        vet(resident.query + outRow * headDim * 4, rows * headDim);
        set('output', resident.output + outRow * valueDim * 4);
        set('logSumExp', resident.logSumExp + outRow * 4);
        if (keyValue.values === 0) set('values', resident.value + index * keys * valueDim * 4);
      }
      return true;
    },
    collect({ b, h, firstRow, endRow }, place) {
      if (resident !== null) return;
      const rows = endRow - firstRow;
      const outRow = (b * heads + h) * queries + firstRow;
      const output = place.output / 4;
      const logSumExp = place.logSumExp / 4;
      outputs.output.set(floats.subarray(output, output + rows * valueDim), outRow * valueDim);
      outputs.logSumExp.set(floats.subarray(logSumExp, logSumExp + rows), outRow);
    },
  };
}
