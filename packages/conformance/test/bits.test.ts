// The bits layer judged: reproducible attention passes all of it, and every saboteur is caught by the case it names.
import { bitsBackend, bitsCases, findCase, naiveBackend, runCase, runConformance } from '@relbias/conformance';
import { bitsSaboteurs } from '@relbias/conformance/saboteurs';
import { describe, expect, test } from 'vitest';

test('reproducible attention without a fault passes every case', async () => {
  const report = await runConformance(bitsBackend(), { cases: bitsCases() });
  expect(report.results.filter(({ status }) => status !== 'pass')).toEqual([]);
});

describe('saboteurs of bits', () => {
  for (const { name, backend, caughtBy, passes } of bitsSaboteurs) {
    test(`${name} is caught by ${caughtBy}`, async () => {
      const caught = await runCase(findCase(caughtBy), backend());
      expect(caught).toMatchObject({
        status: 'fail',
        reason: expect.stringMatching(/^(output|logSumExp)\[.*0x[0-9a-f]{8} .*other bits/) as string,
      });
      expect(await runCase(findCase(passes), backend())).toMatchObject({ status: 'pass', reason: null });
    });
  }
});

test('names of cases are their own, and find them', () => {
  const names = bitsCases().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.map((name) => findCase(name).name)).toEqual(names);
});

test('a backend without the profile runs none of it, and the report says why', async () => {
  const report = await runConformance(naiveBackend(), { cases: bitsCases().slice(0, 5) });
  expect(report.counts).toEqual({ pass: 0, fail: 0, notRun: 5 });
  expect(report.results[0].reason).toContain('numerics');
});
