// Every CPU kernel, judged by the conformance suite.
import { conformanceTests } from '@relbias/conformance';
import { CPU_KERNEL_NAMES, createCpuBackend } from '@relbias/kernels-cpu';
import { describe, test } from 'vitest';

describe.each(CPU_KERNEL_NAMES)('%s', (kernel) => {
  const options = { expected: { backend: 'cpu', kernel }, command: `relbias conform --backend ${kernel}` };
  for (const { name, run } of conformanceTests(() => createCpuBackend({ kernel }), options)) test(name, run);
});
