// The public API of @relbias/kernels-gpu: attention with relative position bias on gpu.js.
export type { GpuBackendOptions } from './create.ts';
export { createGpuBackend } from './create.ts';
export type { GpuMode } from './devices/device.ts';
export type { WebGpuEntry } from './devices/webgpu.ts';
export type { WebGpuAdapterInfo, WebGpuDevice } from './library.ts';
