// One GPU per mode and process, shared by all backends of that mode and released with the last of them. gpu.js has one WebGPU device per
// process anyway, and browsers drop the first WebGL context of a page that opens a seventeenth.
import type { RawTensor } from '@relbias/bias-spec/backend';
import { ParameterError, UnsupportedError, planAttention } from '@relbias/bias-spec';
import { newOutputs, show } from '@relbias/bias-spec/backend';
import type { Device, GpuMode } from './devices/device.ts';
import { openWebasm } from './devices/webasm.ts';
import { openWebgl2 } from './devices/webgl2.ts';
import type { WebGpuSource } from './devices/webgpu.ts';
import { openWebgpu } from './devices/webgpu.ts';
import type { Kernels } from './kernels.ts';
import { kernelsOf } from './kernels.ts';
import { layoutOf } from './layout.ts';
import { runnerOf } from './runner.ts';
import type { InTurn } from './turns.ts';
import { takeTurns } from './turns.ts';

export interface SharedGpu {
  readonly device: Device;
  readonly kernels: Kernels;
  readonly inTurn: InTurn;
  /** Releases this user's share. The last one closes the device. */
  release(): Promise<void>;
}

interface Entry extends Omit<SharedGpu, 'release'> {
  readonly source: WebGpuSource;
  users: number;
}

const OPEN: Readonly<Record<GpuMode, (source: WebGpuSource) => Promise<Device>>> = {
  webgpu: openWebgpu,
  webgl2: openWebgl2,
  webasm: openWebasm,
};

const entries = new Map<GpuMode, Entry>();
/** Opening and closing take turns: until it has closed, gpu.js would return the old WebGPU device. */
const openingInTurn: InTurn = takeTurns();

/**
 * @throws ParameterError for an unknown mode; UnsupportedError if the mode is not available, or is open on another device already.
 */
export async function acquireGpu(mode: GpuMode, source: WebGpuSource): Promise<SharedGpu> {
  if (!Object.hasOwn(OPEN, mode)) {
    throw new ParameterError({
      what: 'createGpuBackend.mode',
      got: show(mode),
      wanted: Object.keys(OPEN).map(show).join(' or '),
    });
  }
  const entry = await openingInTurn(async () => {
    const shared = openEntryOf(mode, source) ?? (await openEntry(mode, source));
    entries.set(mode, shared);
    shared.users++;
    return shared;
  });
  const { device, kernels, inTurn } = entry;
  let released: Promise<void> | undefined;
  return { device, kernels, inTurn, release: () => (released ??= openingInTurn(() => leave(mode, entry))) };
}

function openEntryOf(mode: GpuMode, source: WebGpuSource): Entry | undefined {
  const entry = entries.get(mode);
  if (entry === undefined || entry.device.isLost()) return undefined;
  if (source.device !== entry.source.device || source.gpu !== entry.source.gpu) {
    throw new UnsupportedError({
      what: `createGpuBackend for mode ${mode}`,
      got: 'a second source of devices',
      wanted: 'the same `gpu` or `device` as the open backends of this mode',
      hint: 'gpu.js holds one WebGPU device per process: dispose those backends first.',
    });
  }
  return entry;
}

async function openEntry(mode: GpuMode, source: WebGpuSource): Promise<Entry> {
  const device = await OPEN[mode](source);
  try {
    const kernels = kernelsOf(device);
    await prove(device, kernels);
    return { source, device, kernels, inTurn: takeTurns(), users: 0 };
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** Computes the smallest attention, to refuse a mode that exists but does not work before anything is prepared on it. */
async function prove(device: Device, kernels: Kernels): Promise<void> {
  const plan = planAttention({ heads: 1, queries: 1, keys: 1, headDim: 1 });
  const runner = await runnerOf(plan, layoutOf(plan, device), device, kernels);
  const raw = (number: number): RawTensor => ({ dtype: 'float32', data: Float32Array.of(number) });
  const outputs = newOutputs(`gpu.js mode ${device.mode}`, plan);
  const { output, logSumExp } = outputs;
  // Released also after a failure, because the device may be the caller's.
  await runner
    .attend({ raw: { query: raw(1), key: raw(1), value: raw(7) }, outputs, proceed: () => {} })
    .finally(() => runner.release());
  if (output[0] === 7 && logSumExp[0] === 1) return;
  throw new UnsupportedError({
    what: `gpu.js mode ${device.mode} on ${device.description}`,
    got: `output ${output[0]} and log-sum-exp ${logSumExp[0]} for one query and one key`,
    wanted: '7 and 1',
    hint: 'This device computes float32 incorrectly: use another mode, or a CPU backend.',
  });
}

async function leave(mode: GpuMode, entry: Entry): Promise<void> {
  entry.users--;
  if (entry.users > 0) return;
  if (entries.get(mode) === entry) entries.delete(mode);
  await entry.inTurn(async () => {
    entry.kernels.discard();
    await entry.device.close();
  });
}
