// Draws problems of the reproducible profile, and compares every backend that runs here with the bits of the reference. For `npm run fuzz`;
// not a test.
import type { Backend } from '@relbias/bias-spec';
import { findCase, runConformance } from '@relbias/conformance';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { createGpuBackend } from '@relbias/kernels-gpu';

export const name = 'bits';

let opened: Promise<readonly Backend[]> | undefined;

/** Created once, so each device is proven once. */
function backends(): Promise<readonly Backend[]> {
  return (opened ??= Promise.all([
    createCpuBackend({ kernel: 'online' }),
    createCpuBackend({ variant: 'simd' }),
    createCpuBackend({ variant: 'madd' }),
    createCpuBackend({ variant: 'simd', threads: 2 }),
    createGpuBackend({ mode: 'webasm' }),
  ]));
}

/** The problem of one seed, `bits/fuzz/<seed>` of the suite. @throws Error that names the backend and the first number with other bits. */
export async function draw(seed: number): Promise<void> {
  const cases = [findCase(`bits/fuzz/${seed}`)];
  for (const backend of await backends()) {
    const { results, ranOn } = await runConformance(backend, { cases });
    const [{ status, reason }] = results;
    if (status !== 'pass') throw new Error(`${ranOn.backend} ${ranOn.kernel} ${ranOn.variant ?? ''}: ${reason ?? status}`);
  }
}
