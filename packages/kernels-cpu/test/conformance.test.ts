// The conformance suite, and attention vectors of other implementations, on every CPU kernel and every variant of `wasm`.
import { allCases, conformanceTests, parseVectors, vectorCases } from '@relbias/conformance';
import type { CpuBackendOptions } from '@relbias/kernels-cpu';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { saveReport } from '../../../vitest.reports.ts';

const attention = readFileSync(new URL('../../conformance/vectors/attention.json', import.meta.url), 'utf8');
const cases = [...allCases(), ...vectorCases([parseVectors(attention, 'attention.json')])];

/** The one that turns on the revectorizer comes last, because it stays on in this process. */
const BACKENDS: readonly [string, CpuBackendOptions][] = [
  ['naive', { kernel: 'naive' }],
  ['online', { kernel: 'online' }],
  ['wasm', { kernel: 'wasm' }],
  ['wasm simd', { kernel: 'wasm', variant: 'simd' }],
  ['wasm madd', { kernel: 'wasm', variant: 'madd' }],
  ['wasm wide', { kernel: 'wasm', revectorize: true }],
];

describe.each(BACKENDS)('%s', (name, options) => {
  const { kernel = 'wasm' } = options;
  const tests = conformanceTests(() => createCpuBackend(options), {
    cases,
    expected: { backend: 'cpu', kernel },
    command: `relbias conform --backend ${kernel}`,
    // The report distinguishes kernels, not their variants.
    onReport: (report) => {
      if (name === kernel) saveReport(`cpu-${kernel}`, report);
    },
  });
  for (const one of tests) test(one.name, one.run);
});
