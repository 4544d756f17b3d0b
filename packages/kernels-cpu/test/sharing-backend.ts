// A backend whose threads share every call, however short, and whose workers a test can reach. Not a test.
import type { CpuBackend, CpuBackendOptions } from '@relbias/kernels-cpu';
import { backendOf } from '../src/backend/backend.ts';
import { openWasm } from '../src/wasm/open.ts';
import type { Spawned } from '../src/wasm/threads/spawn.ts';
import { spawn } from '../src/wasm/threads/spawn.ts';

export interface SharingBackend extends CpuBackend {
  readonly workers: readonly Spawned[];
}

export async function createSharingBackend(options: CpuBackendOptions): Promise<SharingBackend> {
  const workers: Spawned[] = [];
  const kernel = await openWasm('createSharingBackend', options, {
    breakEven: { parked: 0, hot: 0 },
    spawn(events) {
      const worker = spawn(events);
      workers.push(worker);
      return worker;
    },
  });
  return Object.assign(backendOf(kernel), { workers });
}
