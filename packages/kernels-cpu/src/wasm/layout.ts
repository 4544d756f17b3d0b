// Where everything lies in the memory of one call. All of it follows from the plan, so a problem that is too large is refused before
// anything runs. One key/value head is in memory at a time: O(keys (headDim + valueDim)), whatever the batch and the heads.
import type { AttentionPlan } from '@relbias/bias-spec';
import { CONSTANTS_END, KEY_BLOCK, KEY_PANEL } from '../generated/attend-wasm.ts';
import { ROWS_PER_BLOCK } from '../kernel.ts';
import type { BiasTables } from './bias-tables.ts';
import type { Skipping } from './skipping.ts';
import { STRIP_WORDS } from './strip.ts';
import type { Sizes } from './workspace.ts';
import { requireAddressable } from './workspace.ts';

/** A line of the cache: what is read 32 bytes at a time then crosses none. */
const ALIGN = 64;
/** Keys and values are copied in and rearranged by the piece: they then pass the second-level cache once. */
const STAGED_BYTES = 2 ** 16;

/** Byte addresses; 0 = not given. */
export interface Layout {
  readonly strip: number;
  readonly scratch: number;
  /** One block of query rows, and what comes of it. */
  readonly query: number;
  readonly output: number;
  readonly logSumExp: number;
  readonly queryPositions: number;
  readonly querySegments: number;
  readonly rowScale: number;
  /** One batch row. */
  readonly keyPositions: number;
  readonly keySegments: number;
  /** One head. */
  readonly table: number;
  readonly tableMaxima: number;
  readonly breaks: number;
  readonly slopes: number;
  readonly intercepts: number;
  /** One key/value head. */
  readonly packedKeys: number;
  readonly keyNorms: number;
  readonly values: number;
  readonly valueStride: number;
  /** `stagedRows` rows of keys or values on their way in. */
  readonly staging: number;
  readonly stagedRows: number;
  /** Where the memory may end. */
  readonly bytes: number;
}

/** @throws UnsupportedError for a problem that does not fit. */
export function layOut(plan: AttentionPlan, bias: BiasTables, skipping: Skipping | null, sizes: Sizes): Layout {
  const { keys, headDim, valueDim, positions, mask } = plan;
  let end = CONSTANTS_END;
  /** The address of so many bytes. */
  const take = (bytes: number): number => {
    const address = Math.ceil(end / ALIGN) * ALIGN;
    end = address + bytes;
    return address;
  };
  const words = (count: number | undefined): number => (count === undefined ? 0 : take(count * 4));
  const widest = Math.max(headDim, valueDim);
  const stagedRows = Math.max(KEY_PANEL, Math.floor(STAGED_BYTES / (4 * widest * KEY_PANEL)) * KEY_PANEL);
  const valueStride = sizes.paddedColumns(valueDim);
  const explicit = positions.queryStart === null;
  const segmented = mask.querySegments !== null;
  const layout = {
    strip: words(STRIP_WORDS),
    scratch: take(sizes.scratchBytes(headDim, valueDim)),
    query: words(ROWS_PER_BLOCK * headDim),
    output: words(ROWS_PER_BLOCK * valueDim),
    logSumExp: words(ROWS_PER_BLOCK),
    queryPositions: words(explicit ? ROWS_PER_BLOCK : undefined),
    querySegments: words(segmented ? ROWS_PER_BLOCK : undefined),
    rowScale: words(bias.piecewise === null ? undefined : ROWS_PER_BLOCK),
    keyPositions: words(explicit ? keys : undefined),
    keySegments: words(segmented ? keys : undefined),
    table: words(bias.table?.length),
    tableMaxima: words(skipping?.maxima.length),
    breaks: words(bias.piecewise?.breaks.length),
    slopes: words(bias.piecewise?.slopes.length),
    intercepts: words(bias.piecewise?.intercepts.length),
    packedKeys: take(sizes.packedBytes(keys, headDim, KEY_PANEL)),
    keyNorms: skipping === null ? 0 : take(8 * Math.ceil(keys / KEY_BLOCK)),
    values: words(keys * valueStride),
    valueStride,
    staging: words(stagedRows * widest),
    stagedRows,
  };
  requireAddressable(end);
  return { ...layout, bytes: end };
}
