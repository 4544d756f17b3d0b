// One plan on one device: sends what belongs to the plan once, and computes calls in rounds of passes over tiles and blocks.
import type { AttentionPlan, Inputs } from '@relbias/bias-spec';
import { keyRange, scaleLowered } from '@relbias/bias-spec';
import { keyRowsOf, padded, piecesOf, queryRowsOf, tableOf } from './arrays.ts';
import type { Device } from './devices/device.ts';
import type { Kernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import type { Resident, Shape } from './library.ts';
import { requireLiving } from './lost.ts';
import { BLOCK, HIDDEN, LEAST } from './sources/pass.ts';
import type { ScoresVariant } from './sources/scores.ts';

/** Multiplications issued before the device is waited for: a blink on a GPU, a tenth of a second in software. */
const WORK_AHEAD = 2 ** 27;
/** How long a call may hold the event loop, in milliseconds. */
const HOLD_MS = 30;

export interface Outputs {
  readonly output: Float32Array;
  readonly logSumExp: Float32Array;
}

export interface Runner {
  /** `pause` is called between rounds, with the share done; what it throws ends the call. Calls must not overlap. */
  attend(inputs: Inputs, pause: (done: number) => void): Promise<Outputs>;
  /** Deletes what was sent for the plan. */
  release(): void;
}

export async function runnerOf(plan: AttentionPlan, layout: Layout, device: Device, kernels: Kernels): Promise<Runner> {
  const { batch, heads, keyValueHeads, queries, keys, headDim, valueDim, mask, softcap } = plan;
  const { tileRows, tiles, blocks, shapes } = layout;
  const lowered = scaleLowered(plan.lowered, plan.biasScale);
  const variant: ScoresVariant = { form: lowered.form, softcap: softcap > 0 };
  const lanes = { heads, keyValueHeads, group: heads / keyValueHeads };
  const [tableWidth] = shapes.table;
  const numbers = {
    tiles,
    blocks,
    ...lanes,
    headDim,
    breaks: lowered.form === 'row-scaled' ? lowered.breaks.length : 0,
    scale: plan.scale,
    softcap,
    softcapInverse: 1 / softcap,
    hidden: HIDDEN,
    least: LEAST,
    minVisible: mask.minDistance,
    maxVisible: mask.maxDistance,
    minDistance: lowered.form === 'none' ? 0 : lowered.minDistance,
    lastIndex: lowered.form === 'none' ? 0 : lowered.maxDistance - lowered.minDistance,
    tableWidth,
    tableWidthInverse: 1 / tableWidth,
  };

  async function sendTo(held: Resident[], data: Float32Array, shape: Shape): Promise<Resident> {
    const array = await device.issue(() => kernels.upload(data, shape));
    held.push(array);
    return array;
  }

  const own: Resident[] = [];
  const release = (): void => {
    for (const array of own.splice(0)) array.delete?.();
  };

  const arrays: Record<string, Resident> = {};
  async function sendPlan(): Promise<void> {
    arrays['queryRows'] = await sendTo(own, queryRowsOf(plan, layout), shapes.queryRows);
    arrays['keyRows'] = await sendTo(own, keyRowsOf(plan, layout), shapes.keyRows);
    if (lowered.form === 'none') return;
    arrays['table'] = await sendTo(own, tableOf(lowered, layout), shapes.table);
    if (lowered.form === 'row-scaled') arrays['pieces'] = await sendTo(own, piecesOf(lowered), shapes.pieces);
  }

  /** Compiles the scores kernel by one pair of zeros, so that a call of `attend` only computes. */
  async function compileScores(): Promise<void> {
    const held: Resident[] = [];
    try {
      const zeros = await sendTo(held, new Float32Array(headDim), [headDim, 1, 1]);
      const values = { ...numbers, ...arrays, query: zeros, key: zeros, tile: 0, block: 0 };
      await device.issue(() => kernels.scores(variant).run([1, 1, 1], values));
    } finally {
      for (const array of held) array.delete?.();
    }
  }

  /** The blocks that some row of a tile can see. */
  function visibleBlocks(tile: number): number[] {
    const firstRow = tile * tileRows;
    const ranges = Array.from({ length: batch }, (_, b) => keyRange(plan, b, firstRow, Math.min(firstRow + tileRows, queries)));
    return Array.from({ length: blocks }, (_, block) => block).filter((block) =>
      ranges.some(({ firstKey, endKey }) => firstKey < endKey && firstKey < (block + 1) * BLOCK && endKey > block * BLOCK),
    );
  }

  try {
    await sendPlan();
    if (!kernels.scores(variant).isReady()) await compileScores();
    await device.settle();
    requireLiving(device);
  } catch (error) {
    release();
    throw error;
  }
  const visible = Array.from({ length: tiles }, (_, tile) => visibleBlocks(tile));
  const rounds = visible.reduce((sum, list) => sum + list.length, 0);
  const workOfRound = batch * heads * tileRows * BLOCK * (headDim + valueDim);

  async function attend(inputs: Inputs, pause: (done: number) => void): Promise<Outputs> {
    const rows = batch * heads * queries;
    const outputs = { output: new Float32Array(rows * valueDim), logSumExp: new Float32Array(rows).fill(-Infinity) };
    const held: Resident[] = [];
    const visibleKeys = (lane: number): number => mask.keyLengths[Math.floor(lane / keyValueHeads)];
    try {
      const query = await sendTo(
        held,
        padded(inputs.query, headDim, queries, tiles * tileRows, () => queries),
        shapes.query,
      );
      const key = await sendTo(held, padded(inputs.key, headDim, keys, blocks * BLOCK, visibleKeys), shapes.key);
      const value = await sendTo(held, padded(inputs.value, valueDim, keys, blocks * BLOCK, visibleKeys), shapes.value);
      const sent = { ...numbers, ...arrays, query, key };
      let done = 0;
      let ahead = 0;
      let lastPause = performance.now();
      for (const [tile, list] of visible.entries()) {
        if (list.length === 0) continue;
        let state = await device.issue(() => kernels.start.run(shapes.state, { columns: valueDim, hidden: HIDDEN }));
        for (const [turn, block] of list.entries()) {
          const before = state;
          state = await device.issue(async () => {
            const scores = await kernels.scores(variant).run(shapes.scores, { ...sent, tile, block });
            const maximum = await kernels.maximum.run(shapes.maximum, { scores, state: before, columns: valueDim, keys: BLOCK });
            const weights = await kernels.weights.run(shapes.scores, { scores, maximum, least: LEAST });
            const values = { weights, value, state: before, maximum, block, blocks, columns: valueDim, keys: BLOCK, ...lanes };
            return kernels.accumulate[turn % 2].run(shapes.state, values);
          });
          done++;
          ahead += workOfRound;
          if (ahead < WORK_AHEAD && performance.now() - lastPause < HOLD_MS) continue;
          await device.settle();
          pause(done / rounds);
          ahead = 0;
          lastPause = performance.now();
        }
        const read = await device.issue(() => kernels.read(state, shapes.state));
        await device.settle();
        requireLiving(device);
        finish(plan, tile * tileRows, read, outputs);
        pause(done / rounds);
      }
      return outputs;
    } finally {
      for (const array of held) array.delete?.();
    }
  }

  return { attend, release };
}

/** Divides by the sums and takes their logarithms, in double. `states` is [lane][row of the tile], of [valueDim + 2]. */
function finish(
  plan: AttentionPlan,
  firstRow: number,
  states: readonly (readonly Float32Array[])[],
  { output, logSumExp }: Outputs,
): void {
  const { queries, valueDim } = plan;
  for (const [lane, rows] of states.entries()) {
    for (let index = 0; index < rows.length && firstRow + index < queries; index++) {
      const state = rows[index];
      const sum = state[valueDim];
      // Only hidden pairs weigh exactly nothing, so only a row without a visible key has no sum; it keeps 0 and -Infinity.
      if (sum === 0) continue;
      const row = lane * queries + firstRow + index;
      logSumExp[row] = state[valueDim + 1] + Math.log(sum);
      for (let c = 0; c < valueDim; c++) output[row * valueDim + c] = state[c] / sum;
    }
  }
}
