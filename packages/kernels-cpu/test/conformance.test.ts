// Every CPU kernel, judged by the conformance suite and by the attention of other implementations.
import { allCases, conformanceTests, parseVectors, vectorCases } from '@relbias/conformance';
import { CPU_KERNEL_NAMES, createCpuBackend } from '@relbias/kernels-cpu';
import { readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { saveReport } from '../../../vitest.reports.ts';

const attention = readFileSync(new URL('../../conformance/vectors/attention.json', import.meta.url), 'utf8');
const cases = [...allCases(), ...vectorCases([parseVectors(attention, 'attention.json')])];

describe.each(CPU_KERNEL_NAMES)('%s', (kernel) => {
  const tests = conformanceTests(() => createCpuBackend({ kernel }), {
    cases,
    expected: { backend: 'cpu', kernel },
    command: `relbias conform --backend ${kernel}`,
    onReport: (report) => saveReport(`cpu-${kernel}`, report),
  });
  for (const { name, run } of tests) test(name, run);
});
