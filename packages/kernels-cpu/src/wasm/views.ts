// The kernel's memory as TypeScript reads and writes it: parameter blocks, tensors, and rows of keys and values on their way in.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { RawTensor } from '@relbias/bias-spec/backend';
import { KEY_PANEL, ROW_BLOCK_FIELDS } from '../generated/attend-wasm.ts';
import type { Placing, SizesOf, Workspace } from './workspace.ts';

/** Fields of a parameter block; they are defined once, in assembly/row-block.ts. */
export type RowBlockField = keyof typeof ROW_BLOCK_FIELDS;
export type RowBlockFields = Partial<Record<RowBlockField, number>>;

const FIELD_NAMES = Object.keys(ROW_BLOCK_FIELDS) as RowBlockField[];

/** Words of a block; four bytes each. */
export const ROW_BLOCK_WORDS: number = FIELD_NAMES.length;

/** A memory as it is now: growing it makes these views useless, or blind to what was added. */
export interface Views {
  readonly floats: Float32Array;
  readonly ints: Int32Array;
  /** Writes the `count` numbers of a tensor from `start` on to a byte address, as float32: no copy of a whole tensor is made elsewhere. */
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
      // The bits take the last half of the place and widen from there.
      const bits = to + 2 * count;
      halves.set(numbers, bits / 2);
      kernel.widenHalves(bits, count, dtype === 'bfloat16', to);
    },
  };
}

/** Sets one field of the block at byte address `rowBlock`. Addresses above 2^31 keep their bits. */
export function setField(
  { floats, ints }: Pick<Views, 'floats' | 'ints'>,
  rowBlock: number,
  name: RowBlockField,
  value: number,
): void {
  const { word, float } = ROW_BLOCK_FIELDS[name];
  (float ? floats : ints)[rowBlock / 4 + word] = value;
}

/** A parameter block as its words: fields that are not given are 0, which is 'not given' for an address. */
export function rowBlockWords(fields: RowBlockFields): Int32Array {
  const ints = new Int32Array(ROW_BLOCK_WORDS);
  const views = { ints, floats: new Float32Array(ints.buffer) };
  for (const name of FIELD_NAMES) setField(views, 0, name, fields[name] ?? 0);
  return ints;
}

/** Looks at `count` floats at an address, and may change them: that they are harmless, that they are in the range of a profile. */
export type Inspect = (address: number, count: number) => void;

/** Below this the products of two such numbers, each below 2^100, stay below the spec's limit of 2^127. */
const SAFE_SCALE = 2 ** 27;

/** Calls `check` where numbers are not harmless at a glance, while they are in the processor's cache anyway. */
export function magnitudeCheck({ kernel }: Workspace, { scale }: Pick<AttentionPlan, 'scale'>, check: () => void): Inspect {
  return (address, count) => {
    if (scale > SAFE_SCALE || !kernel.hasSafeMagnitudes(address, count)) check();
  };
}

/** Keys and values, and what is done to each copy of some of their numbers. */
export interface Incoming {
  readonly key: RawTensor;
  readonly value: RawTensor;
  readonly inspectKeys: Inspect;
  readonly inspectValues: Inspect;
}

/** Room for `stagedRows` rows of keys or values on their way in: whole panels of keys. */
export interface Staging {
  readonly staging: number;
  readonly stagedRows: number;
  /** Floats from one row of values in a head to the next. */
  readonly valueStride: number;
}

/** Keys and values are copied in and rearranged part by part. */
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
 * Writes `rows` rows of keys and values, from row `first` of their tensors on, behind the first `at` of a head whose packed keys and padded
 * values lie at these addresses. Part by part, so that they pass the second-level cache once.
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
