// Opens a mode of gpu.js by name.
import type { Backend } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import { requireKnownKeys } from '@relbias/bias-spec/backend';
import { gpuBackend } from './backend.ts';
import type { GpuMode } from './devices/device.ts';
import type { WebGpuEntry } from './devices/webgpu.ts';
import type { WebGpuDevice } from './library.ts';
import { acquireGpu } from './shared.ts';

/** Which mode of gpu.js, and for WebGPU on which device. */
export interface GpuBackendOptions {
  /** `webgpu` and `webgl2` run on the GPU. `webasm` is gpu.js on the CPU, for comparisons. */
  readonly mode: GpuMode;
  /** Mode webgpu: where adapters come from, in place of `navigator.gpu`. In Node: `create([])` of the npm package webgpu. */
  readonly gpu?: WebGpuEntry;
  /** Mode webgpu: the device to run on. It stays the caller's: disposing the backend leaves it alone. */
  readonly device?: WebGpuDevice;
}

/**
 * A backend on gpu.js in exactly the mode named; there is no falling back to another.
 *
 * Backends of one mode share one device, which the last `dispose()` gives back; their runs take turns.
 *
 * @throws ParameterError for an unknown mode or options that contradict one another; UnsupportedError where the mode is not available,
 * saying what is missing and how to come by it.
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
    throw new ParameterError({ what: 'createGpuBackend', got: 'both gpu and device', wanted: 'at most one of them' });
  }
  if (mode !== 'webgpu' && (gpu !== undefined || device !== undefined)) {
    throw new ParameterError({
      what: `createGpuBackend.${gpu === undefined ? 'device' : 'gpu'}`,
      got: `one with mode ${JSON.stringify(mode)}`,
      wanted: 'it with mode "webgpu" only',
    });
  }
  return gpuBackend(await acquireGpu(mode, { gpu, device }));
}
