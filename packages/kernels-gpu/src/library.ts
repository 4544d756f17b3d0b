// gpu.js as this package uses it: the module, and types for the parts in use. Its own types lack members that are checked here.
import gpuJs from 'gpu.js';

/** The extents of an array on the device, whose elements are `array[z][y][x]`. */
export type Shape = readonly [x: number, y: number, z: number];

/** An array that kernels can read: a texture (webgl2), a buffer (webgpu), or ordinary arrays (webasm). */
export interface Resident {
  delete?(): void;
}

/** A kernel of gpu.js, called with its arguments in order. It returns textures and arrays directly, buffers as promises. */
export interface Kernel {
  (...values: (number | Resident)[]): Resident | Promise<Resident>;
  /** The object that runs it. gpu.js may replace it silently, which `compile` forbids. `program` is a WebGLProgram in webgl2. */
  readonly kernel: { readonly constructor: unknown; readonly program?: object; readonly fallbackReason?: string | null };
  setOutput(shape: readonly number[]): unknown;
  destroy(): void;
}

export interface Gpu {
  createKernel(source: string, settings: object): Kernel;
  destroy(): Promise<void>;
}

/** The members of a `GPUDevice` in use, so callers do not need WebGPU's type declarations. */
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

/** The GPU behind an adapter. */
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

/** In Node the default export is the module; in a browser it is the class GPU, with the same names as properties. */
export const library: Library = gpuJs as unknown as Library;
