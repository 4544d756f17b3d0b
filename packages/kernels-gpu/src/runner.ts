// One plan on one device: uploads the arrays of the plan once, and computes calls in rounds of passes over tiles and blocks. The profile
// determines the arrays and the passes of a round.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { AttentionCall, Outputs } from '@relbias/bias-spec/backend';
import { keyRange } from '@relbias/bias-spec/backend';
import type { Device } from './devices/device.ts';
import { fastProfile } from './fast.ts';
import type { Kernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import type { Resident } from './library.ts';
import { requireDevice } from './lost.ts';
import type { HostArrays, Profile } from './profile.ts';
import { reproducibleProfile } from './reproducible.ts';

/** Multiplications issued before waiting for the device: a few milliseconds on a GPU, a tenth of a second in software. */
const WORK_AHEAD = 2 ** 27;
/** How long a call may block the event loop, in milliseconds. */
const HOLD_MS = 30;

export interface Runner {
  /** Computes a call. `proceed` is called between rounds and may throw to end it. Calls must not overlap. */
  attend(call: Pick<AttentionCall, 'raw' | 'outputs' | 'proceed'>): Promise<void>;
  /** Deletes the arrays of the plan. */
  release(): void;
}

export async function runnerOf(plan: AttentionPlan, layout: Layout, device: Device, kernels: Kernels): Promise<Runner> {
  const { batch, heads, queries } = plan;
  const { tileRows, tiles, blockKeys, blocks, shapes } = layout;
  const profile: Profile = { fast: fastProfile, reproducible: reproducibleProfile }[plan.numerics](plan, layout, kernels);

  /** Uploads arrays one by one. `held` collects those that are uploaded, also if one fails. */
  async function send(arrays: HostArrays, held: Resident[]): Promise<Record<string, Resident>> {
    const sent: Record<string, Resident> = {};
    for (const [name, { data, shape }] of Object.entries(arrays)) {
      sent[name] = await device.issue(() => kernels.upload(data, shape));
      held.push(sent[name]);
    }
    return sent;
  }

  const own: Resident[] = [];
  const release = (): void => {
    for (const array of own.splice(0)) array.delete?.();
  };

  /** Compiles the scores kernel by running it on one pair of zeros, so `attend` does not compile. */
  async function compileScores(sent: Readonly<Record<string, Resident>>): Promise<void> {
    const held: Resident[] = [];
    try {
      const { zeros } = await send({ zeros: { data: new Float32Array(plan.headDim), shape: [plan.headDim, 1, 1] } }, held);
      await device.issue(() => profile.compileScores(sent, zeros));
    } finally {
      for (const array of held) array.delete?.();
    }
  }

  /** The key blocks that at least one row of a tile can see. */
  function visibleBlocks(tile: number): number[] {
    const firstRow = tile * tileRows;
    const ranges = Array.from({ length: batch }, (_, b) => keyRange(plan, b, firstRow, Math.min(firstRow + tileRows, queries)));
    return Array.from({ length: blocks }, (_, block) => block).filter((block) =>
      ranges.some(
        ({ firstKey, endKey }) => firstKey < endKey && firstKey < (block + 1) * blockKeys && endKey > block * blockKeys,
      ),
    );
  }

  let ofPlan: Readonly<Record<string, Resident>> = {};
  try {
    ofPlan = await send(profile.arraysOfPlan(), own);
    if (!profile.isCompiled()) await compileScores(ofPlan);
    await device.synchronize();
    requireDevice(device);
  } catch (error) {
    release();
    throw error;
  }
  const visible = Array.from({ length: tiles }, (_, tile) => visibleBlocks(tile));
  const rounds = visible.reduce((sum, list) => sum + list.length, 0);
  const pairsOfRound = batch * heads * tileRows * blockKeys;

  const attend: Runner['attend'] = async ({ raw, outputs, proceed }) => {
    outputs.logSumExp.fill(-Infinity);
    const held: Resident[] = [];
    try {
      const call = profile.callOf(raw);
      const sent = { ...ofPlan, ...(await send(call.arrays, held)) };
      let done = 0;
      let ahead = 0;
      let lastPause = performance.now();
      for (const [tile, list] of visible.entries()) {
        if (list.length === 0) continue;
        let state = await device.issue(() => profile.start());
        for (const [turn, block] of list.entries()) {
          const before = state;
          state = await device.issue(() => call.round(sent, before, { tile, block, turn: turn % 2 }));
          done++;
          ahead += pairsOfRound * call.products;
          if (ahead < WORK_AHEAD && performance.now() - lastPause < HOLD_MS) continue;
          await device.synchronize();
          proceed(done / rounds);
          ahead = 0;
          lastPause = performance.now();
        }
        const read = await device.issue(() => kernels.read(state, shapes.state));
        await device.synchronize();
        requireDevice(device);
        finish(plan, tile * tileRows, read, profile, outputs);
        proceed(done / rounds);
      }
    } finally {
      for (const array of held) array.delete?.();
    }
  };

  return { attend, release };
}

/** Finishes the rows of a tile; `states` is [batchHead][row of the tile]. */
function finish(
  { queries, valueDim }: AttentionPlan,
  firstRow: number,
  states: readonly (readonly Float32Array[])[],
  profile: Profile,
  { output, logSumExp }: Outputs,
): void {
  for (const [batchHead, rows] of states.entries()) {
    for (let index = 0; index < rows.length && firstRow + index < queries; index++) {
      const row = batchHead * queries + firstRow + index;
      logSumExp[row] = profile.finish(rows[index], output.subarray(row * valueDim, (row + 1) * valueDim));
    }
  }
}
