// Allocated tensors, compared bit by bit under the reproducible profile, on one thread and on several that share every call.
import type { Backend } from '@relbias/bias-spec';
import { bitsCases, conformanceTests } from '@relbias/conformance';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { describe, test } from 'vitest';
import { allocatedBackend } from './allocated-backend.ts';
import { createSharingBackend } from './sharing-backend.ts';

const BACKENDS: readonly [name: string, open: () => Promise<Backend>][] = [
  ['simd', async () => allocatedBackend(await createCpuBackend({ variant: 'simd' }))],
  ['madd on 3 threads', async () => allocatedBackend(await createSharingBackend({ variant: 'madd', threads: 3 }))],
];

describe.each(BACKENDS)('%s', (_name, open) => {
  const tests = conformanceTests(open, {
    cases: bitsCases(),
    expected: { backend: 'cpu', kernel: 'wasm' },
    command: 'relbias conform --backend wasm',
  });
  for (const one of tests) test(one.name, one.run);
});
