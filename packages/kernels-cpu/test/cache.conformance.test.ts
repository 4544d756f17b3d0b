// The conformance suite on the key/value cache: every case that a cache supports. It must refuse the others.
import type { CaseResult } from '@relbias/conformance';
import { allCases, bitsCases, runCase } from '@relbias/conformance';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { describe, expect, test } from 'vitest';
import { MET_BY_CASES, cachedBackend } from './cached-backend.ts';

const backend = cachedBackend(createCpuBackendSync());
const judged: CaseResult[] = [];
/** The names of the cases that a cache cannot express. */
const needing = new Map<string, string[]>();

// Running a case is the only way to find out.
for (const one of [...allCases(), ...bitsCases()]) {
  const result = await runCase(one, backend, { expected: { backend: 'cpu', kernel: 'wasm' } });
  const lacking = backend.lacking();
  if (result.status === 'not-run' && lacking !== null) needing.set(lacking, [...(needing.get(lacking) ?? []), one.name]);
  else judged.push(result);
}
await backend.dispose();

describe('a cache passes', () => {
  test.each(judged)('$name', ({ status, reason }) => expect({ status, reason }).toEqual({ status: 'pass', reason: null }));
});

test('cases cover everything that a cache cannot express, and are the minority', () => {
  expect(new Set(needing.keys())).toEqual(new Set(MET_BY_CASES));
  expect([...needing.values()].flat().length).toBeLessThan(judged.length);
});
