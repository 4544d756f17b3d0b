// Where everything lies in the memory of one call. All of it follows from the plan, so a problem that is too large is refused before
// anything runs. On one thread one key/value head is in memory at a time: O(keys (headDim + valueDim)), whatever the batch and the heads.
// Threads may be at work on as many heads as there are threads while one more is filled.
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

/** What a block of query rows brings and where its result goes. Byte addresses; 0 = not given, here and below. */
export interface RowBlockPlace {
  readonly parameters: number;
  readonly query: number;
  readonly output: number;
  readonly logSumExp: number;
  readonly queryPositions: number;
  readonly querySegments: number;
  readonly rowScale: number;
}

/** What the row blocks of a key/value head share. */
export interface KeyValuePlace {
  readonly packedKeys: number;
  readonly keyNorms: number;
  readonly values: number;
  readonly keyPositions: number;
  readonly keySegments: number;
}

/** What the row blocks of a head share. */
export interface HeadPlace {
  /** The entry of the greatest distance. */
  readonly table: number;
  /** 0 where no key can be left out by this bias. */
  readonly tableMaxima: number;
  readonly slopes: number;
  readonly intercepts: number;
}

/** Whole tensors in memory, for calls that copy none. */
export interface ResidentTensors {
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly output: number;
  readonly logSumExp: number;
}

/** What threads work on and with. */
export interface WorkArea {
  /** One after the other, so that workers can count. */
  readonly rowBlocks: readonly RowBlockPlace[];
  readonly rowBlockStride: number;
  /** One for each thread, the caller's first. */
  readonly scratch: number;
  readonly scratchStride: number;
}

export interface Layout extends WorkArea, Staging {
  readonly keyValues: readonly KeyValuePlace[];
  readonly heads: readonly HeadPlace[];
  readonly breaks: number;
  readonly resident: ResidentTensors | null;
  /** Where the memory may end. */
  readonly bytes: number;
}

/** Who works in the memory. */
export interface LayoutKind {
  readonly threads: number;
  /** Row blocks under way at most. */
  readonly places: number;
  /** Whether the tensors themselves lie in it. */
  readonly resident: boolean;
}

/** One thread, tensors elsewhere. */
export const SOLO: LayoutKind = { threads: 1, places: 1, resident: false };

/** @throws UnsupportedError for a problem that does not fit. */
export function layOut(plan: AttentionPlan, bias: BiasTables, sizes: SizesOf, kind: LayoutKind): Layout {
  const { keys, valueDim, positions, mask } = plan;
  const { resident } = kind;
  const placing = placingFrom(CONSTANTS_END);
  const { take, words } = placing;
  const explicit = positions.queryStart === null;
  const segmented = mask.keySegments !== null;
  const valueStride = sizes.paddedColumns(valueDim);
  // More than all there are would stay empty.
  const heads = Math.min(kind.threads === 1 ? 1 : kind.threads + 1, plan.batch * plan.heads);
  const keyValueHeads = Math.min(heads, plan.batch * plan.keyValueHeads);
  // The reproducible profile brings values into range, so that it always computes with a copy.
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

/** Parameter blocks, and what belongs to each. */
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
 * The parameter blocks of a workArea as they are before each call, in words from the first of them on: what neither the call nor a block of rows
 * changes.
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
