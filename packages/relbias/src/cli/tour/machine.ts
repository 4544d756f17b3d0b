// The backends that run on this machine, and why the others do not.
import type { Backend } from '@relbias/bias-spec';
import { RelbiasError } from '@relbias/bias-spec';
import type { BackendName } from '../../backends.ts';
import { openBackend } from '../backend-option.ts';
import { CPU_KERNELS } from '../conformance/judged-backends.ts';

const GPU_MODES: readonly BackendName[] = ['gpu:webgpu', 'gpu:webgl2', 'gpu:webasm'];

export interface Machine {
  readonly running: readonly { readonly name: BackendName; readonly backend: Backend }[];
  readonly absent: readonly { readonly name: BackendName; readonly reason: string }[];
}

/** Opens every backend. CPU kernels run everywhere: one that fails is an error. A GPU may be missing. */
export async function openMachine(): Promise<Machine> {
  const running: { name: BackendName; backend: Backend }[] = [];
  const absent: { name: BackendName; reason: string }[] = [];
  for (const name of CPU_KERNELS) running.push({ name, backend: await openBackend(name) });
  for (const name of GPU_MODES) {
    try {
      running.push({ name, backend: await openBackend(name) });
    } catch (error) {
      if (!(error instanceof RelbiasError)) throw error;
      absent.push({ name, reason: error.message });
    }
  }
  return { running, absent };
}
