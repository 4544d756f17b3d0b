// The arrays that are uploaded for a plan, in the shapes of its layout: rows of positions and segments, the bias table, and the padded inputs of a
// call.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { PreparedBias, PreparedTable } from '@relbias/bias-spec/reproducible';
import type { GpuBias } from './bias.ts';
import type { Layout } from './layout.ts';
import type { Shape } from './library.ts';
import { HIDDEN, LEAST_VISIBLE } from './sources/pass.ts';

/** A segment that no query has: segment ids, like positions, are smaller, so float32 holds them exactly. */
const NO_SEGMENT = 2 ** 24;

/** [batch * tiles, 3, tileRows]: position, segment and row scale of each query. */
export function queryRowsOf(plan: AttentionPlan, { bias: { rowScales }, tiles, tileRows }: Layout): Float32Array {
  const { batch, queries, positions, mask } = plan;
  const rows = new Float32Array(batch * tiles * 3 * tileRows);
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < queries; i++) {
      const at = (b * tiles + Math.floor(i / tileRows)) * 3 * tileRows + (i % tileRows);
      const row = b * queries + i;
      rows[at] = positions.query[row];
      rows[at + tileRows] = mask.querySegments?.[row] ?? 0;
      rows[at + 2 * tileRows] = rowScales?.[row] ?? 1;
    }
  }
  return rows;
}

/** [batch * blocks, 2, block]: position and segment of each key; keys past the key length have NO_SEGMENT. */
export function keyRowsOf(plan: AttentionPlan, { blocks, shapes }: Layout): Float32Array {
  const { batch, keys, positions, mask } = plan;
  const block = shapes.keyRows[0];
  const rows = new Float32Array(batch * blocks * 2 * block);
  for (let b = 0; b < batch; b++) {
    for (let j = 0; j < blocks * block; j++) {
      const at = (b * blocks + Math.floor(j / block)) * 2 * block + (j % block);
      rows[at] = j < keys ? positions.key[b * keys + j] : 0;
      rows[at + block] = j < mask.keyLengths[b] ? (mask.keySegments?.[b * keys + j] ?? 0) : NO_SEGMENT;
    }
  }
  return rows;
}

/** [heads or 1, rows, width]: bias or feature of each distance, folded into rows per head. */
export function tableOf({ values }: NonNullable<GpuBias['table']>, { shapes }: Layout): Float32Array {
  return folded(values, shapes.table).map((one) => (one === -Infinity ? HIDDEN : Math.max(one, LEAST_VISIBLE)));
}

/** [heads or 1, rows, width]: the prepared bias of each distance, including the bounds of the mask. */
export function preparedTableOf({ values }: PreparedTable, { shapes }: Layout): Float32Array {
  return folded(values, shapes.table);
}

function folded(values: Float32Array, [width, height, layers]: Shape): Float32Array {
  const table = new Float32Array(width * height * layers);
  const span = values.length / layers;
  for (let layer = 0; layer < layers; layer++) {
    table.set(values.subarray(layer * span, (layer + 1) * span), layer * width * height);
  }
  return table;
}

/** [block, tile, batchHeads]: the prepared bias of each pair of a tile and a block, including the mask. */
export function storedBiasOf(
  { heads, queries }: AttentionPlan,
  { tileRows, shapes }: Layout,
  bias: PreparedBias,
  tile: number,
  block: number,
): Float32Array {
  const [width, height, batchHeads] = shapes.scores;
  const stored = new Float32Array(width * height * batchHeads);
  const firstRow = tile * tileRows;
  for (let batchHead = 0; batchHead < batchHeads; batchHead++) {
    for (let row = 0; row < tileRows && firstRow + row < queries; row++) {
      const start = (batchHead * tileRows + row) * width;
      bias.fill(
        Math.floor(batchHead / heads),
        batchHead % heads,
        firstRow + row,
        block * width,
        stored.subarray(start, start + width),
      );
    }
  }
  return stored;
}

/** Interleaves lists of the same length, `run` numbers of each at a time. */
export function interleaved(lists: readonly Float32Array[], run = 1): Float32Array {
  if (lists.length === 1) return lists[0];
  const out = new Float32Array(lists.length * lists[0].length);
  for (const [place, list] of lists.entries()) {
    let at = place * run;
    for (let start = 0; start < list.length; start += run) {
      for (let index = 0; index < run; index++) out[at + index] = list[start + index];
      at += lists.length * run;
    }
  }
  return out;
}

/**
 * Rows [batchHeads, rows, width], each batchHead padded with zeros to `paddedRows`. Rows past `visible(batchHead)` become zeros too: a caller may
 * have left NaN there, and 0 * NaN would reach the sums.
 */
export function padded(
  data: Float32Array,
  width: number,
  rows: number,
  paddedRows: number,
  visible: (batchHead: number) => number,
): Float32Array {
  const batchHeads = data.length / (rows * width);
  const out = new Float32Array(batchHeads * paddedRows * width);
  for (let batchHead = 0; batchHead < batchHeads; batchHead++) {
    const start = batchHead * rows * width;
    out.set(data.subarray(start, start + visible(batchHead) * width), batchHead * paddedRows * width);
  }
  return out;
}
