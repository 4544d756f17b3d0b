// Picks a CPU kernel by name.
import { ParameterError, show } from '@relbias/bias-spec';
import type { CpuBackend } from './backend.ts';
import { backendOf } from './backend.ts';
import type { CpuKernel } from './kernel.ts';
import { naiveKernel } from './naive.ts';
import { onlineKernel } from './online.ts';

const KERNELS: Readonly<Record<CpuKernelName, () => Promise<CpuKernel>>> = {
  naive: async () => naiveKernel,
  online: async () => onlineKernel,
};

export type CpuKernelName = 'naive' | 'online';

/** The names that `createCpuBackend` accepts, from the plainest kernel to the fastest. */
export const CPU_KERNEL_NAMES: readonly CpuKernelName[] = Object.keys(KERNELS) as CpuKernelName[];

export interface CpuBackendOptions {
  readonly kernel?: CpuKernelName;
}

/**
 * A backend on this thread.
 *
 * @throws ParameterError for an unknown kernel.
 * @example
 * const backend = await createCpuBackend({ kernel: 'naive' });
 * const prepared = await backend.prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
 * const { output } = await prepared.run(Float32Array.of(1), Float32Array.of(1), Float32Array.of(7));
 * output.data[0]; // 7
 */
export async function createCpuBackend(options: CpuBackendOptions = {}): Promise<CpuBackend> {
  const name = options.kernel ?? 'naive';
  if (!Object.hasOwn(KERNELS, name)) {
    throw new ParameterError({
      what: 'createCpuBackend.kernel',
      got: show(name),
      wanted: Object.keys(KERNELS).map(show).join(' or '),
    });
  }
  return backendOf(await KERNELS[name]());
}
