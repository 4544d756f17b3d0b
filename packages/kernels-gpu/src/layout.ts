// The layout of a plan on the device: query rows in tiles, keys in blocks, one layer per tile or block of each head. Layers keep textures nearly
// square, and no kernel counts past 2^24, where float32 indices lose their last bit.
import type { AttentionPlan } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import type { GpuBias } from './bias.ts';
import { biasOf } from './bias.ts';
import type { Device } from './devices/device.ts';
import type { Shape } from './library.ts';
import { SPLIT } from './lost.ts';
import { BLOCK } from './sources/pass.ts';

/** The most query-key pairs of a tile and a block in one batchHead: enough for every core of a GPU, even with one head. */
const MAX_PAIRS = 2 ** 16;
/** The most query rows of a tile: the texture height that every WebGL2 supports. */
const MAX_ROWS = 2048;
/** The most numbers in each result of a round: 16 MiB each of scores, weights and states. */
const MAX_PASSING = 2 ** 22;
/** The same if the host computes the bias of each pair of a round, which blocks the event loop. */
const MAX_STORED = 2 ** 20;

export interface Layout {
  readonly bias: GpuBias;
  /** Query rows in a tile; `tiles * tileRows` is at least `queries`. */
  readonly tileRows: number;
  readonly tiles: number;
  /** Keys of a block: BLOCK, or the number of keys rounded up to a multiple of 4 if that is less. */
  readonly blockKeys: number;
  readonly blocks: number;
  readonly shapes: {
    readonly query: Shape;
    readonly key: Shape;
    readonly value: Shape;
    readonly queryRows: Shape;
    readonly keyRows: Shape;
    readonly table: Shape;
    readonly pieces: Shape;
    readonly scores: Shape;
    readonly maximum: Shape;
    readonly state: Shape;
  };
}

/**
 * @throws UnsupportedError naming the array that does not fit, its size and the limit of the device.
 */
export function layoutOf(plan: AttentionPlan, device: Device): Layout {
  const bias = biasOf(plan);
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim } = plan;
  const batchHeads = batch * heads;
  const blockKeys = Math.min(BLOCK, 4 * Math.ceil(keys / 4));
  const passing = isStored(plan, bias) ? MAX_STORED : MAX_PASSING;
  const most = Math.floor(passing / (batchHeads * Math.max(BLOCK, valueDim + 2)));
  const tiles = Math.ceil(queries / Math.min(MAX_ROWS, MAX_PAIRS / blockKeys, Math.max(1, most)));
  const tileRows = Math.ceil(queries / tiles);
  const blocks = Math.ceil(keys / blockKeys);
  // Under the reproducible profile float32 inputs are split into slices and multiplied three times; halves need a third of that memory.
  const slices = plan.numerics === 'reproducible' ? 3 : 1;
  const shapes: Layout['shapes'] = {
    query: [slices * headDim, tileRows, batchHeads * tiles],
    key: [slices * headDim, blockKeys, batch * keyValueHeads * blocks],
    value: [valueDim, slices * blockKeys, batch * keyValueHeads * blocks],
    queryRows: [tileRows, 3, batch * tiles],
    keyRows: [blockKeys, 2, batch * blocks],
    table: tableShape(plan, bias),
    pieces: bias.pieces?.shape ?? [1, 1, 1],
    scores: [blockKeys, tileRows, batchHeads],
    maximum: [1, tileRows, batchHeads],
    state: [valueDim + 2, tileRows, batchHeads],
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const broken = device.brokenLimit(shape);
    if (broken === null) continue;
    throw new UnsupportedError({
      what: `gpu.js ${device.mode}: the array \`${name}\` of [${shape.join(', ')}] numbers`,
      got: broken,
      wanted: 'arrays within the limits of the device',
      hint: SPLIT,
    });
  }
  // The states of two rounds exist at the same time.
  const bytes = 4 * [...Object.values(shapes), shapes.state].reduce((sum, [x, y, z]) => sum + x * y * z, 0);
  if (bytes > device.maxBytes) {
    throw new UnsupportedError({
      what: `gpu.js ${device.mode}`,
      got: `a problem whose arrays take ${bytes} bytes`,
      wanted: `at most ${device.maxBytes}`,
      hint: SPLIT,
    });
  }
  return { bias, tileRows, tiles, blockKeys, blocks, shapes };
}

/** Whether the host computes the bias of each pair: under the reproducible profile, for a bias that differs from row to row. */
function isStored({ numerics }: AttentionPlan, { rowScales }: GpuBias): boolean {
  return numerics === 'reproducible' && rowScales !== null;
}

/** One row per head, or one for all heads; folded, because a long one would be wider than a texture. */
function tableShape(plan: AttentionPlan, bias: GpuBias): Shape {
  // Under the reproducible profile the table also holds the bounds of the mask, so there is one even without a bias.
  const range = plan.numerics === 'fast' ? bias.table : isStored(plan, bias) ? null : plan.positions;
  const span = range === null ? 1 : range.maxDistance - range.minDistance + 1;
  const width = 2 ** Math.ceil(Math.log2(span) / 2);
  return [width, Math.ceil(span / width), bias.table?.layers ?? 1];
}
