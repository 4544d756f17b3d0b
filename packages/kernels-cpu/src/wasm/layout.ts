// Where everything lies in the memory of one call. All of it follows from the plan, so a problem that is too large is refused before
// anything runs. On one thread one key/value head is in memory at a time: O(keys (headDim + valueDim)), whatever the batch and the heads.
// Threads may be at work on as many heads as there are threads while one more is filled.
import type { AttentionPlan } from '@relbias/bias-spec';
import { shapesOf } from '@relbias/bias-spec';
import { CONSTANTS_END, KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import { ROWS_PER_BLOCK } from '../kernel.ts';
import type { BiasTables } from './bias-tables.ts';
import { STAGED_BYTES, aligned, placingFrom } from './placing.ts';
import type { Skipping } from './skipping.ts';
import { STRIP_WORDS } from './strip.ts';
import type { Sizes } from './workspace.ts';
import { requireAddressable } from './workspace.ts';

/** What a block of query rows brings and where its result goes. Byte addresses; 0 = not given, here and below. */
export interface StripPlace {
  readonly strip: number;
  readonly query: number;
  readonly output: number;
  readonly logSumExp: number;
  readonly queryPositions: number;
  readonly querySegments: number;
  readonly rowScale: number;
}

/** What the strips of a key/value head share. */
export interface KeyValuePlace {
  readonly packedKeys: number;
  readonly keyNorms: number;
  readonly values: number;
  readonly keyPositions: number;
  readonly keySegments: number;
}

/** What the strips of a head share. */
export interface HeadPlace {
  readonly table: number;
  readonly tableMaxima: number;
  readonly slopes: number;
  readonly intercepts: number;
}

/** Whole tensors in memory, for calls that copy none. */
interface ResidentTensors {
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly output: number;
  readonly logSumExp: number;
}

export interface Layout {
  /** One after the other, so that workers can count. */
  readonly strips: readonly StripPlace[];
  readonly stripStride: number;
  readonly keyValues: readonly KeyValuePlace[];
  readonly heads: readonly HeadPlace[];
  /** One for each thread, the caller's first. */
  readonly scratch: number;
  readonly scratchStride: number;
  readonly breaks: number;
  readonly valueStride: number;
  /** `stagedRows` rows of keys or values on their way in. */
  readonly staging: number;
  readonly stagedRows: number;
  readonly resident: ResidentTensors | null;
  /** Where the memory may end. */
  readonly bytes: number;
}

/** Who works in the memory. */
export interface LayoutKind {
  readonly threads: number;
  /** Strips under way at most. */
  readonly places: number;
  /** Whether the tensors themselves lie in it. */
  readonly resident: boolean;
}

/** One thread, tensors elsewhere. */
export const SOLO: LayoutKind = { threads: 1, places: 1, resident: false };

/** @throws UnsupportedError for a problem that does not fit. */
export function layOut(plan: AttentionPlan, bias: BiasTables, skipping: Skipping | null, sizes: Sizes, kind: LayoutKind): Layout {
  const { keys, headDim, valueDim, positions, mask } = plan;
  const reproducible = plan.numerics === 'reproducible';
  const { take, end } = placingFrom(CONSTANTS_END);
  const words = (count: number | undefined): number => (count === undefined ? 0 : take(count * 4));
  /** So many of one kind of place. */
  const several = <T>(count: number, place: () => T): T[] => Array.from({ length: count }, place);

  const widest = Math.max(headDim, valueDim);
  const stagedRows = Math.max(KEY_PANEL, Math.floor(STAGED_BYTES / (4 * widest * KEY_PANEL)) * KEY_PANEL);
  const valueStride = sizes.paddedColumns(valueDim);
  const explicit = positions.queryStart === null;
  const segmented = mask.querySegments !== null;
  const { resident } = kind;
  const stripStride = aligned(STRIP_WORDS * 4);
  const firstStrip = take(stripStride * kind.places);
  let strips = 0;
  const rowWords = (perRow: number | undefined): number => words(perRow === undefined ? undefined : ROWS_PER_BLOCK * perRow);
  const scratchStride = aligned(sizes.scratchBytes(headDim, valueDim, reproducible));
  // More than all there are would stay empty.
  const heads = Math.min(kind.threads === 1 ? 1 : kind.threads + 1, plan.batch * plan.heads);
  const keyValueHeads = Math.min(heads, plan.batch * plan.keyValueHeads);
  const layout = {
    strips: several(kind.places, () => ({
      strip: firstStrip + stripStride * strips++,
      query: rowWords(resident ? undefined : headDim),
      output: rowWords(resident ? undefined : valueDim),
      logSumExp: rowWords(resident ? undefined : 1),
      queryPositions: rowWords(explicit ? 1 : undefined),
      querySegments: rowWords(segmented ? 1 : undefined),
      rowScale: rowWords(bias.piecewise === null ? undefined : 1),
    })),
    stripStride,
    heads: several(heads, () => ({
      table: words(bias.table?.length),
      tableMaxima: words(skipping?.maxima.length),
      slopes: words(bias.piecewise?.slopes.length),
      intercepts: words(bias.piecewise?.intercepts.length),
    })),
    keyValues: several(keyValueHeads, () => ({
      packedKeys: take(sizes.packedBytes(keys, headDim, KEY_PANEL)),
      keyNorms: skipping === null ? 0 : take(8 * Math.ceil(keys / KEY_BLOCK)),
      values: words(resident && valueStride === valueDim && !reproducible ? undefined : keys * valueStride),
      keyPositions: words(explicit ? keys : undefined),
      keySegments: words(segmented ? keys : undefined),
    })),
    scratch: take(scratchStride * kind.threads),
    scratchStride,
    breaks: words(bias.piecewise?.breaks.length),
    valueStride,
    staging: words(resident ? undefined : stagedRows * widest),
    stagedRows,
    resident: resident ? residentTensors(plan, words) : null,
  };
  requireAddressable(end());
  return { ...layout, bytes: end() };
}

function residentTensors(plan: AttentionPlan, words: (count: number) => number): ResidentTensors {
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);
  const shapes = shapesOf(plan);
  return {
    query: words(sizeOf(shapes.query)),
    key: words(sizeOf(shapes.key)),
    value: words(sizeOf(shapes.value)),
    output: words(sizeOf(shapes.output)),
    logSumExp: words(sizeOf(shapes.logSumExp)),
  };
}
