// Every CPU kernel, judged by the conformance suite.
import { conformanceTests } from '@relbias/conformance';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { describe, test } from 'vitest';

describe.each(['naive', 'online'] as const)('%s', (kernel) => {
  const options = { expected: { backend: 'cpu', kernel }, command: `relbias conform --backend ${kernel}` };
  for (const { name, run } of conformanceTests(() => createCpuBackend({ kernel }), options)) test(name, run);
});
