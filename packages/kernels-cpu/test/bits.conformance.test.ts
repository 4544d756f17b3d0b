// The CPU kernels that offer the reproducible profile, judged by bits: the suite's cases, and vectors of independent origin.
import { bitsCases, conformanceTests, parseVectors, runConformance, vectorCases } from '@relbias/conformance';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const vectors = readFileSync(new URL('../../conformance/vectors/reproducible.json', import.meta.url), 'utf8');
const cases = [...bitsCases(), ...vectorCases([parseVectors(vectors, 'reproducible.json')])];

describe('online', () => {
  const tests = conformanceTests(() => createCpuBackend({ kernel: 'online' }), {
    cases,
    expected: { backend: 'cpu', kernel: 'online' },
    command: 'relbias conform --backend online',
  });
  for (const { name, run } of tests) test(name, run);
});

test('naive does not offer it, and is not taken for a kernel that does', async () => {
  const report = await runConformance(await createCpuBackend({ kernel: 'naive' }), { cases: cases.slice(0, 3) });
  expect(report.counts).toEqual({ pass: 0, fail: 0, notRun: 3 });
  expect(report.bits).toBeNull();
});
