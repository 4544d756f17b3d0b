// The interface of a mode of gpu.js: it runs kernels, has limits, and can be lost.
import type { Gpu, Kernel, Shape } from '../library.ts';

/** The supported modes of gpu.js. Its mode `cpu` computes in double precision; its `webgl` and `headlessgl` add nothing to these. */
export type GpuMode = 'webgpu' | 'webgl2' | 'webasm';

export interface Device {
  readonly mode: GpuMode;
  readonly gpu: Gpu;
  /** The adapter, renderer or engine, as far as the platform names it. */
  readonly description: string;
  /** The gpu.js class that runs the kernels of this mode. Its name is spelled out, because minifiers rename the class. */
  readonly kernelClass: { readonly name: string; readonly constructor: unknown };
  /** The limit that an array of this shape exceeds, in words; null if it fits. */
  brokenLimit(shape: Shape): string | null;
  /** The most bytes of all arrays of a problem together; Infinity if there is no such limit. */
  readonly maxBytes: number;
  isLost(): boolean;
  /** Throws if the driver silently refused a kernel. Called once, after the kernel's first run. */
  verify(kernel: Kernel): void;
  /** Runs work that issues commands and records the errors that the device reports; `synchronize` rejects with them. */
  issue<T>(work: () => Promise<T>): Promise<T>;
  /** Waits until everything issued is computed. The event loop runs meanwhile. */
  synchronize(): Promise<void>;
  /** Releases the device. */
  close(): Promise<void>;
}

/** One turn of the event loop, for timers, messages and aborts. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
