// The CPU kernels that offer the reproducible profile, judged by bits: the suite's cases, and vectors of independent origin.
import { bitsCases, conformanceTests, parseVectors, runConformance, vectorCases } from '@relbias/conformance';
import type { CpuBackendOptions } from '@relbias/kernels-cpu';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const vectors = readFileSync(new URL('../../conformance/vectors/reproducible.json', import.meta.url), 'utf8');
const cases = [...bitsCases(), ...vectorCases([parseVectors(vectors, 'reproducible.json')])];

/** Last the one that turns on the revectorizer, which then stays on in this process. */
const BACKENDS: readonly [string, CpuBackendOptions][] = [
  ['online', { kernel: 'online' }],
  ['wasm simd', { kernel: 'wasm', variant: 'simd' }],
  ['wasm madd', { kernel: 'wasm', variant: 'madd' }],
  ['wasm wide', { kernel: 'wasm', revectorize: true }],
];

describe.each(BACKENDS)('%s', (_name, options) => {
  const { kernel = 'wasm' } = options;
  const tests = conformanceTests(() => createCpuBackend(options), {
    cases,
    expected: { backend: 'cpu', kernel },
    command: `relbias conform --backend ${kernel}`,
  });
  for (const { name, run } of tests) test(name, run);
});

test('naive does not offer it, and is not taken for a kernel that does', async () => {
  const report = await runConformance(await createCpuBackend({ kernel: 'naive' }), { cases: cases.slice(0, 3) });
  expect(report.counts).toEqual({ pass: 0, fail: 0, notRun: 3 });
  expect(report.bits).toBeNull();
});
