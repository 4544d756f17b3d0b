// gpu.js as this package uses it: the module, and the slice of its types that matters here (its own leave out what we check).
import gpuJs from 'gpu.js';

/** The extents of an array on the device; element [z][y][x] of it is read as `array[z][y][x]`. */
export type Shape = readonly [x: number, y: number, z: number];

/** An array where kernels can read it: a texture (webgl2), a buffer (webgpu), or arrays of this process (webasm). */
export interface Resident {
  delete?(): void;
}

/** A kernel of gpu.js: called with its arguments in order. Textures and numbers come at once, buffers as promises. */
export interface Kernel {
  (...values: (number | Resident)[]): Resident | Promise<Resident>;
  /** What really runs it; gpu.js may exchange it behind the caller's back, which `compile` forbids. */
  readonly kernel: { readonly constructor: unknown; readonly program?: WebGLProgram; readonly fallbackReason?: string | null };
  setOutput(shape: readonly number[]): unknown;
  destroy(): void;
}

export interface Gpu {
  createKernel(source: string, settings: object): Kernel;
  destroy(): Promise<void>;
}

/** The few members of a `GPUDevice` that are used here, so that no caller needs WebGPU's type declarations. */
export interface WebGpuDevice {
  readonly limits: {
    readonly maxStorageBufferBindingSize: number;
    readonly maxBufferSize: number;
    readonly maxComputeWorkgroupsPerDimension: number;
  };
  readonly queue: { onSubmittedWorkDone(): Promise<unknown> };
  readonly adapterInfo?: WebGpuAdapterInfo;
  pushErrorScope(filter: 'validation' | 'out-of-memory'): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
}

/** What an adapter tells of the GPU behind it. */
export interface WebGpuAdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
}

interface WebGpuContext {
  readonly adapter: { readonly info?: WebGpuAdapterInfo };
  readonly device: WebGpuDevice;
  readonly isLost: boolean;
}

interface Library {
  readonly GPU: new (settings: object) => Gpu;
  input(data: Float32Array, shape: readonly number[]): Resident;
  /** gpu.js keeps one WebGPU device for the whole process. */
  readonly WebGPUContext: { acquire(): Promise<WebGpuContext>; destroy(): Promise<void> };
  readonly WebGPUKernel: unknown;
  readonly WebGL2Kernel: unknown;
  readonly WebAssemblyKernel: unknown;
}

/** In Node the default export is the module, in a browser the class GPU with the same names as its properties. */
export const library: Library = gpuJs as unknown as Library;
