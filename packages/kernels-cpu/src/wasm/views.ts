// Reads and writes the kernel's memory: parameter blocks, tensors, and rows of keys and values as they are copied in.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { RawTensor } from '@relbias/bias-spec/backend';
import { KEY_PANEL, ROW_BLOCK_FIELDS } from '../generated/attend-wasm.ts';
import type { Placing, SizesOf, Workspace } from './workspace.ts';

/** The fields of a parameter block, as defined in assembly/row-block.ts. */
export type RowBlockField = keyof typeof ROW_BLOCK_FIELDS;
export type RowBlockFields = Partial<Record<RowBlockField, number>>;

const FIELD_NAMES = Object.keys(ROW_BLOCK_FIELDS) as RowBlockField[];

/** The number of four-byte words of a parameter block. */
export const ROW_BLOCK_WORDS: number = FIELD_NAMES.length;

/** Views of a memory. Growing the memory detaches them or leaves them short, so they must be made again. */
export interface Views {
  readonly floats: Float32Array;
  readonly ints: Int32Array;
  /** Writes `count` numbers of a tensor, from index `start`, to a byte address as float32. Halves are widened in place. */
  putTensor(tensor: RawTensor, start: number, count: number, to: number): void;
}

export function viewsOf({ memory, kernel }: Workspace): Views {
  const floats = new Float32Array(memory.buffer);
  const halves = new Uint16Array(memory.buffer);
  return {
    floats,
    ints: new Int32Array(memory.buffer),
    putTensor({ dtype, data }, start, count, to) {
      const whole = start === 0 && count === data.length;
      const numbers = whole ? data : data.subarray(start, start + count);
      if (dtype === 'float32') {
        floats.set(numbers, to / 4);
        return;
      }
      // The halves are copied to the second half of the target and widened from there.
      const bits = to + 2 * count;
      halves.set(numbers, bits / 2);
      kernel.widenHalves(bits, count, dtype === 'bfloat16', to);
    },
  };
}

/** Sets one field of the parameter block at byte address `rowBlock`. Addresses above 2^31 keep their bits. */
export function setField(
  { floats, ints }: Pick<Views, 'floats' | 'ints'>,
  rowBlock: number,
  name: RowBlockField,
  value: number,
): void {
  const { word, float } = ROW_BLOCK_FIELDS[name];
  (float ? floats : ints)[rowBlock / 4 + word] = value;
}

/** The words of a parameter block. Fields that are left out are 0, which means 'not given' for an address. */
export function rowBlockWords(fields: RowBlockFields): Int32Array {
  const ints = new Int32Array(ROW_BLOCK_WORDS);
  const views = { ints, floats: new Float32Array(ints.buffer) };
  for (const name of FIELD_NAMES) setField(views, 0, name, fields[name] ?? 0);
  return ints;
}

/** Inspects `count` floats at an address just after they were copied in: checks their magnitudes, or clamps them to the profile's range. */
export type Inspect = (address: number, count: number) => void;

/** With a scale up to this, scores of inputs that pass hasSafeMagnitudes (below 2^100) stay below the spec's limit of 2^127. */
const SAFE_SCALE = 2 ** 27;

/** Calls `check` if the quick test cannot rule out an overflow. It runs while the numbers are still in the processor's cache. */
export function magnitudeCheck({ kernel }: Workspace, { scale }: Pick<AttentionPlan, 'scale'>, check: () => void): Inspect {
  return (address, count) => {
    if (scale > SAFE_SCALE || !kernel.hasSafeMagnitudes(address, count)) check();
  };
}

/** Keys and values, and the inspections to run on the copied numbers. */
export interface Incoming {
  readonly key: RawTensor;
  readonly value: RawTensor;
  readonly inspectKeys: Inspect;
  readonly inspectValues: Inspect;
}

/** A buffer for `stagedRows` rows of keys or values as they are copied in: whole panels of keys. */
export interface Staging {
  readonly staging: number;
  readonly stagedRows: number;
  /** Floats from one row of values to the next. */
  readonly valueStride: number;
}

/** The size of the parts in which keys and values are copied in and repacked. */
const STAGED_BYTES = 2 ** 16;

export function placeStaging(
  { words }: Placing,
  { headDim, valueDim }: AttentionPlan,
  { paddedColumns }: SizesOf,
  resident: boolean = false,
): Staging {
  const widest = Math.max(headDim, valueDim);
  const stagedRows = Math.max(KEY_PANEL, Math.floor(STAGED_BYTES / (4 * widest * KEY_PANEL)) * KEY_PANEL);
  return { staging: words(resident ? undefined : stagedRows * widest), stagedRows, valueStride: paddedColumns(valueDim) };
}

/**
 * Appends `rows` rows of keys and values, from row `first` of their tensors, to a head that has `at` rows already. Works in parts that fit
 * in the second-level cache, through which the data passes once.
 */
export function putRows(
  { putTensor }: Views,
  kernel: Workspace['kernel'],
  { headDim, valueDim }: Pick<AttentionPlan, 'headDim' | 'valueDim'>,
  { staging, stagedRows, valueStride }: Staging,
  { key, value, inspectKeys, inspectValues }: Incoming,
  first: number,
  rows: number,
  head: { readonly packedKeys: number; readonly values: number },
  at: number,
): void {
  for (let from = 0; from < rows; from += stagedRows) {
    const count = Math.min(stagedRows, rows - from);
    const row = first + from;
    putTensor(key, row * headDim, count * headDim, staging);
    inspectKeys(staging, count * headDim);
    kernel.appendPanels(staging, count, headDim, KEY_PANEL, at + from, head.packedKeys);
    const to = head.values + (at + from) * valueStride * 4;
    const direct = valueStride === valueDim;
    putTensor(value, row * valueDim, count * valueDim, direct ? to : staging);
    inspectValues(direct ? to : staging, count * valueDim);
    if (!direct) kernel.padRows(staging, count, valueDim, valueStride, to);
  }
}
