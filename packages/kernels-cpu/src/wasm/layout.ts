// The memory layout of one call. It follows from the plan, so a problem that is too large is refused before anything runs. On one thread, one
// key/value head is in memory at a time: O(keys * (headDim + valueDim)), whatever the batch and the number of heads. With threads, up to
// threads + 1 heads are in memory: one per thread, and one being filled.
import type { AttentionPlan } from '@relbias/bias-spec';
import { shapesOf } from '@relbias/bias-spec';
import { elementCount } from '@relbias/bias-spec/backend';
import { ROWS_PER_BLOCK } from '../backend/kernel.ts';
import { CONSTANTS_END, KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import type { BiasTables } from './bias-tables.ts';
import type { Staging } from './views.ts';
import { ROW_BLOCK_WORDS, placeStaging, rowBlockWords } from './views.ts';
import type { Placing, SizesOf } from './workspace.ts';
import { aligned, placingFrom, requireAddressable } from './workspace.ts';

/** A place for one row block: its inputs and its result. Byte addresses, here and below; 0 = not given. */
export interface RowBlockPlace {
  readonly parameters: number;
  readonly query: number;
  readonly output: number;
  readonly logSumExp: number;
  readonly queryPositions: number;
  readonly querySegments: number;
  readonly rowScale: number;
}

/** Data shared by the row blocks of a key/value head. */
export interface KeyValuePlace {
  readonly packedKeys: number;
  readonly keyNorms: number;
  readonly values: number;
  readonly keyPositions: number;
  readonly keySegments: number;
}

/** Data shared by the row blocks of a head. */
export interface HeadPlace {
  /** The address of the entry for the largest distance. */
  readonly table: number;
  /** 0 if this bias can make no key negligible. */
  readonly tableMaxima: number;
  readonly slopes: number;
  readonly intercepts: number;
}

/** Whole tensors in WebAssembly memory, for calls that copy nothing. */
export interface ResidentTensors {
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly output: number;
  readonly logSumExp: number;
}

/** The row blocks and the scratch memory of the threads. */
export interface WorkArea {
  /** At a constant stride, so workers can compute the address. */
  readonly rowBlocks: readonly RowBlockPlace[];
  readonly rowBlockStride: number;
  /** One per thread, the caller's first. */
  readonly scratch: number;
  readonly scratchStride: number;
}

export interface Layout extends WorkArea, Staging {
  readonly keyValues: readonly KeyValuePlace[];
  readonly heads: readonly HeadPlace[];
  readonly breaks: number;
  readonly resident: ResidentTensors | null;
  /** The size of the memory. */
  readonly bytes: number;
}

/** How the memory is used. */
export interface LayoutKind {
  readonly threads: number;
  /** The most row blocks in progress. */
  readonly places: number;
  /** Whether it also holds the whole tensors. */
  readonly resident: boolean;
}

/** One thread; the tensors are ordinary arrays. */
export const SINGLE_THREAD: LayoutKind = { threads: 1, places: 1, resident: false };

/** @throws UnsupportedError for a problem that exceeds the 32-bit address space. */
export function layOut(plan: AttentionPlan, bias: BiasTables, sizes: SizesOf, kind: LayoutKind): Layout {
  const { keys, valueDim, positions, mask } = plan;
  const { resident } = kind;
  const placing = placingFrom(CONSTANTS_END);
  const { take, words } = placing;
  const explicit = positions.queryStart === null;
  const segmented = mask.keySegments !== null;
  const valueStride = sizes.paddedColumns(valueDim);
  // No more places than heads.
  const heads = Math.min(kind.threads === 1 ? 1 : kind.threads + 1, plan.batch * plan.heads);
  const keyValueHeads = Math.min(heads, plan.batch * plan.keyValueHeads);
  // The reproducible profile clamps values to its range, so it always needs a copy.
  const inPlace = resident && valueStride === valueDim && plan.numerics === 'fast';
  const layout = {
    ...placeRowBlocks(placing, plan, bias.piecewise !== null, kind),
    heads: Array.from({ length: heads }, () => ({
      table: words(bias.table?.length),
      tableMaxima: words(bias.skipping?.maxima.length),
      slopes: words(bias.piecewise?.slopes.length),
      intercepts: words(bias.piecewise?.intercepts.length),
    })),
    keyValues: Array.from({ length: keyValueHeads }, () => ({
      packedKeys: take(sizes.packedBytes(keys, plan.headDim, KEY_PANEL)),
      keyNorms: words(bias.skipping === null ? undefined : 2 * Math.ceil(keys / KEY_BLOCK)),
      values: words(inPlace ? undefined : keys * valueStride),
      keyPositions: words(explicit ? keys : undefined),
      keySegments: words(segmented ? keys : undefined),
    })),
    ...placeScratch(placing, plan, sizes, kind.threads),
    breaks: words(bias.piecewise?.breaks.length),
    ...placeStaging(placing, plan, sizes, resident),
    resident: resident ? residentTensors(plan, words) : null,
  };
  requireAddressable(placing.end());
  return { ...layout, bytes: placing.end() };
}

/** Places for parameter blocks and the data of their rows. */
export function placeRowBlocks(
  { take, words }: Placing,
  { headDim, valueDim, positions, mask }: AttentionPlan,
  rowScaled: boolean,
  { places, resident }: Pick<LayoutKind, 'places' | 'resident'>,
): Pick<WorkArea, 'rowBlocks' | 'rowBlockStride'> {
  const rowBlockStride = aligned(ROW_BLOCK_WORDS * 4);
  const first = take(rowBlockStride * places);
  const rows = (wanted: boolean, perRow = 1): number => words(wanted ? ROWS_PER_BLOCK * perRow : undefined);
  const rowBlocks = Array.from({ length: places }, (_, place) => ({
    parameters: first + rowBlockStride * place,
    query: rows(!resident, headDim),
    output: rows(!resident, valueDim),
    logSumExp: rows(!resident),
    queryPositions: rows(positions.queryStart === null),
    querySegments: rows(mask.querySegments !== null),
    rowScale: rows(rowScaled),
  }));
  return { rowBlocks, rowBlockStride };
}

export function placeScratch(
  { take }: Placing,
  { headDim, valueDim, numerics }: AttentionPlan,
  sizes: SizesOf,
  threads: number,
): Pick<WorkArea, 'scratch' | 'scratchStride'> {
  const scratchStride = aligned(sizes.scratchBytes(headDim, valueDim, numerics === 'reproducible'));
  return { scratch: take(scratchStride * threads), scratchStride };
}

function residentTensors(plan: AttentionPlan, words: Placing['words']): ResidentTensors {
  const shapes = shapesOf(plan);
  return {
    query: words(elementCount(shapes.query)),
    key: words(elementCount(shapes.key)),
    value: words(elementCount(shapes.value)),
    output: words(elementCount(shapes.output)),
    logSumExp: words(elementCount(shapes.logSumExp)),
  };
}

/**
 * The initial words of the parameter blocks of a work area: the fields that are the same for every call and every row block.
 */
export function ringOf(
  { rowBlocks, rowBlockStride }: Pick<WorkArea, 'rowBlocks' | 'rowBlockStride'>,
  { headDim, valueDim, scale, softcap, mask }: AttentionPlan,
  { form, piecewise }: Pick<BiasTables, 'form' | 'piecewise'>,
  { valueStride, breaks }: Pick<Layout, 'valueStride' | 'breaks'>,
): Int32Array {
  const fields = {
    headDim,
    valueDim,
    valueStride,
    scale,
    softcap,
    form,
    breaks,
    breakCount: piecewise?.breaks.length ?? 0,
    minVisible: mask.minDistance,
    maxVisible: mask.maxDistance,
  };
  const ring = new Int32Array((rowBlocks.length * rowBlockStride) / 4);
  rowBlocks.forEach(({ parameters: _parameters, ...places }, index) =>
    ring.set(rowBlockWords({ ...fields, ...places }), (index * rowBlockStride) / 4),
  );
  return ring;
}
