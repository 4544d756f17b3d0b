// Tensors as a source of keys and values: one head after another is copied from the caller's arrays, or repacked within WebAssembly memory.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { RawInputs } from '@relbias/bias-spec/backend';
import { KEY_PANEL } from '../generated/attend-wasm.ts';
import type { BiasTables } from './bias-tables.ts';
import { ofHead, tableOf } from './bias-tables.ts';
import type { HeadPlace, KeyValuePlace, Layout } from './layout.ts';
import type { Source } from './pipeline.ts';
import type { Profile } from './reproducible.ts';
import type { Views } from './views.ts';
import { putRows, magnitudeCheck } from './views.ts';
import type { Workspace } from './workspace.ts';

/** The parts of a prepared problem that every call uses. */
export interface PreparedPlan {
  readonly plan: AttentionPlan;
  readonly bias: BiasTables;
  readonly profile: Profile | null;
}

export function tensorSource(
  { plan, bias, profile }: PreparedPlan,
  layout: Layout,
  workspace: Workspace,
  views: Views,
  inputs: Pick<RawInputs, 'key' | 'value'>,
  check: () => void,
): Source {
  const { keyValueHeads, keys, headDim, valueDim, mask, positions } = plan;
  const { keySegments } = mask;
  const { piecewise, skipping } = bias;
  const { resident, valueStride } = layout;
  const { kernel } = workspace;
  const put = (data: Float32Array, address: number): void => views.floats.set(data, address / 4);
  const putInts = (data: Int32Array, address: number): void => views.ints.set(data, address / 4);
  const inspectKeys =
    profile?.canonicaliser(workspace, inputs.key.dtype, 'score', check) ?? magnitudeCheck(workspace, plan, check);
  const inspectValues =
    profile?.canonicaliser(workspace, inputs.value.dtype, 'value', check) ?? magnitudeCheck(workspace, plan, check);
  const incoming = { ...inputs, inspectKeys, inspectValues };
  if (piecewise !== null) put(piecewise.breaks, layout.breaks);

  /** Keys past the key length may hold anything, so they are not copied. */
  const keyValueHead = slots<KeyValuePlace>(layout.keyValues, (place, index) => {
    const b = Math.floor(index / keyValueHeads);
    const length = mask.keyLengths[b];
    let { values } = place;
    if (positions.queryStart === null) putInts(positions.key.subarray(b * keys, (b + 1) * keys), place.keyPositions);
    if (keySegments !== null) putInts(keySegments.subarray(b * keys, (b + 1) * keys), place.keySegments);
    if (resident === null) {
      putRows(views, kernel, plan, layout, incoming, index * keys, length, place, 0);
    } else {
      const own = resident.value + index * keys * valueDim * 4;
      kernel.packPanels(resident.key + index * keys * headDim * 4, length, headDim, KEY_PANEL, 1, place.packedKeys);
      inspectKeys(place.packedKeys, Math.ceil(length / KEY_PANEL) * KEY_PANEL * headDim);
      if (values === 0) values = own;
      else kernel.padRows(own, length, valueDim, valueStride, values);
      inspectValues(values, length * valueStride);
    }
    if (skipping !== null) kernel.putKeyNorms(place.packedKeys, length, headDim, place.keyNorms);
    return { ...place, values };
  });

  const biasHead = slots<HeadPlace>(layout.heads, (place, h) => {
    if (piecewise !== null) {
      put(ofHead(piecewise.slopes, h), place.slopes);
      put(ofHead(piecewise.intercepts, h), place.intercepts);
    }
    if (bias.table === null) return place;
    put(ofHead(bias.table, h), place.table);
    const skips = skipping?.canSkip[tableOf(bias.table, h)] === true;
    if (skips) put(ofHead(skipping.maxima, h), place.tableMaxima);
    return { ...place, table: place.table + 4 * bias.lead, tableMaxima: skips ? place.tableMaxima : 0 };
  });

  return { begin: () => {}, keyValueHead, biasHead };
}

/** Places that are filled in turn and reused when no row block in progress reads them. */
type Slots<T> = (key: number, rowBlock: number, collected: number) => T | null;

/** `fill` writes the data of `key` to a place and returns the addresses that readers get. A key must not come back after another has replaced it. */
function slots<T>(places: readonly T[], fill: (place: T, key: number) => T): Slots<T> {
  const lastReader = places.map(() => -1);
  const filled = [...places];
  let at = places.length - 1;
  let held = -1;
  return (key, rowBlock, collected) => {
    if (key !== held) {
      const next = (at + 1) % places.length;
      if (lastReader[next] >= collected) return null;
      at = next;
      held = key;
      filled[at] = fill(places[at], key);
    }
    lastReader[at] = rowBlock;
    return filled[at];
  };
}
