// The CPU kernels of this repository, each as users call it: prepared once, then run.
import type { CpuKernelName } from '@relbias/kernels-cpu';
import { createCpuBackend } from '@relbias/kernels-cpu';
import manifest from '@relbias/kernels-cpu/package.json' with { type: 'json' };
import type { Contender } from '../contender.ts';

export function cpuKernel(kernel: CpuKernelName): Contender {
  return {
    name: `relbias ${kernel}`,
    version: `${manifest.name} ${manifest.version}`,
    origin: 'ours',
    maxTokens: Infinity,
    async prepare({ problem, query, key, value }) {
      const backend = await createCpuBackend({ kernel });
      const prepared = await backend.prepare(problem);
      return { run: async () => (await prepared.run(query, key, value)).output.data };
    },
  };
}
