// createGpuBackend: opens a mode of gpu.js by name.
import type { Backend } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import { requireKnownKeys, show } from '@relbias/bias-spec/backend';
import { gpuBackend } from './backend.ts';
import type { GpuMode } from './devices/device.ts';
import type { WebGpuEntry } from './devices/webgpu.ts';
import type { WebGpuDevice } from './library.ts';
import { acquireGpu } from './shared.ts';

/** The options of `createGpuBackend`: the mode of gpu.js, and for WebGPU the device. */
export interface GpuBackendOptions {
  /** `webgpu` and `webgl2` run on the GPU; `webasm` is gpu.js on the CPU, for comparison. */
  readonly mode: GpuMode;
  /** Mode webgpu: the source of adapters, instead of `navigator.gpu`. In Node: `create([])` of the npm package webgpu. */
  readonly gpu?: WebGpuEntry;
  /** Mode webgpu: the device to run on. Disposing the backend does not destroy it. */
  readonly device?: WebGpuDevice;
}

/**
 * Creates a backend on gpu.js in the given mode. It never falls back to another mode.
 *
 * Backends of one mode share one device and their runs take turns; the last `dispose()` releases the device.
 *
 * @throws ParameterError for an unknown mode, or options that contradict each other. UnsupportedError if the mode is not available; the message
 * says what is missing and what to install or use instead.
 * @example
 * const backend = await createGpuBackend({ mode: 'webasm' });
 * const prepared = await backend.prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
 * const { output } = await prepared.run(Float32Array.of(1), Float32Array.of(1), Float32Array.of(7));
 * output.data[0]; // 7
 * await backend.dispose();
 */
export async function createGpuBackend(options: GpuBackendOptions): Promise<Backend> {
  requireKnownKeys('createGpuBackend', options, ['mode', 'gpu', 'device']);
  const { mode, gpu, device } = options;
  if (gpu !== undefined && device !== undefined) {
    throw new ParameterError({
      what: 'createGpuBackend',
      got: 'both gpu and device',
      wanted: 'at most one of them',
      hint: 'A device needs no gpu to come from: leave out gpu.',
    });
  }
  if (mode !== 'webgpu' && (gpu !== undefined || device !== undefined)) {
    throw new ParameterError({
      what: `createGpuBackend.${gpu === undefined ? 'device' : 'gpu'}`,
      got: `one with mode ${show(mode)}`,
      wanted: 'none, except with mode "webgpu"',
    });
  }
  return gpuBackend(await acquireGpu(mode, { gpu, device }));
}
