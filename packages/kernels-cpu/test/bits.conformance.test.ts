// The CPU kernels with the reproducible profile, compared bit by bit with the suite's cases and with independent vectors: with and without fused
// multiply-adds, for every tile shape, and with threads that share every call.
import type { Backend } from '@relbias/bias-spec';
import { bitsCases, conformanceTests, demonstrateBits, parseVectors, runConformance, vectorCases } from '@relbias/conformance';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { saveReport } from '../../../vitest.reports.ts';
import { createSharingBackend } from './sharing-backend.ts';

const vectors = readFileSync(new URL('../../conformance/vectors/reproducible.json', import.meta.url), 'utf8');
const cases = [...bitsCases(), ...vectorCases([parseVectors(vectors, 'reproducible.json')])];

/** The one that turns on the revectorizer comes last, because it stays on in this process. */
const BACKENDS: readonly [name: string, kernel: string, open: () => Promise<Backend>][] = [
  ['online', 'online', () => createCpuBackend({ kernel: 'online' })],
  ['wasm-simd', 'wasm', () => createCpuBackend({ variant: 'simd' })],
  ['wasm-madd', 'wasm', () => createCpuBackend({ variant: 'madd' })],
  ['wasm-simd-2-threads', 'wasm', () => createSharingBackend({ variant: 'simd', threads: 2 })],
  ['wasm-madd-3-threads', 'wasm', () => createSharingBackend({ variant: 'madd', threads: 3 })],
  ['wasm-madd-4-threads', 'wasm', () => createSharingBackend({ variant: 'madd', threads: 4 })],
  ['wasm-wide', 'wasm', () => createCpuBackend({ revectorize: true })],
];

describe.each(BACKENDS)('%s', (name, kernel, open) => {
  let opened: Promise<Backend> | undefined;
  const backend = (): Promise<Backend> => (opened ??= open());
  const tests = conformanceTests(backend, {
    cases,
    expected: { backend: 'cpu', kernel },
    command: `relbias conform --backend ${kernel}`,
    onReport: async ({ bits, versions }) =>
      saveReport(`bits/cpu-${name}`, { ...(await demonstrateBits(await backend())), bits, versions }),
  });
  for (const one of tests) test(one.name, one.run);
});

test('naive does not offer it, and the report says so', async () => {
  const naive = await createCpuBackend({ kernel: 'naive' });
  const { counts, bits, versions } = await runConformance(naive, { cases: cases.slice(0, 3) });
  expect(counts).toEqual({ pass: 0, fail: 0, notRun: 3 });
  expect(bits).toBeNull();
  saveReport('bits/cpu-naive', { ...(await demonstrateBits(naive)), bits, versions });
});
