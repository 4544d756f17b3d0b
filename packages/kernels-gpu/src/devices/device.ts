// What a mode of gpu.js is to the rest of this package: a place that runs kernels, tells its limits, and can be lost.
import type { Gpu, Kernel, Shape } from '../library.ts';

/** The modes of gpu.js that are served here. Its `cpu` computes in double, its `webgl` and `headlessgl` add nothing to these. */
export type GpuMode = 'webgpu' | 'webgl2' | 'webasm';

export interface Device {
  readonly mode: GpuMode;
  readonly gpu: Gpu;
  /** Adapter, renderer or engine, as far as the platform tells. */
  readonly description: string;
  /** The class of gpu.js that must have run a kernel of this mode. Its name is written out: minifiers change the class's own. */
  readonly kernelClass: { readonly name: string; readonly constructor: unknown };
  /** The limit that an array of this shape breaks, in words; null where it fits. */
  brokenLimit(shape: Shape): string | null;
  /** The most bytes of all arrays of a problem together; Infinity where only its arrays have limits. */
  readonly mostBytes: number;
  isLost(): boolean;
  /** Throws where the driver refused a kernel without a word. Called once, after the kernel's first run. */
  verify(kernel: Kernel): void;
  /** Runs work that issues commands, noting what the device reports about them; `synchronize` rejects with it. */
  issue<T>(work: () => Promise<T>): Promise<T>;
  /** Waits until everything issued has been computed, letting the event loop run meanwhile. */
  synchronize(): Promise<void>;
  /** Gives everything back. */
  close(): Promise<void>;
}

/** One turn of the event loop: timers, messages and aborts get through. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
