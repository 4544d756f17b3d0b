// Tests of the suite: a correct backend passes all of it, and every saboteur is caught by the case it names, for the reason it names.
import { allCases, conformanceTests, findCase, naiveBackend, runCase } from '@relbias/conformance';
import { saboteurs, withoutFault } from '@relbias/conformance/saboteurs';
import { describe, expect, test } from 'vitest';
import { gpuLikeSteps } from './gpu-like.ts';

describe('naive float32 without a fault', () => {
  for (const { name, run } of conformanceTests(withoutFault())) test(name, run);
});

describe('the least accurate GPU that the specification allows', () => {
  const backend = naiveBackend({ steps: gpuLikeSteps() });
  for (const { name, run } of conformanceTests(backend, { filter: 'attention/' })) test(name, run);
});

describe('saboteurs', () => {
  test('have unique names', () => {
    expect(new Set(saboteurs.map(({ name }) => name)).size).toBe(saboteurs.length);
  });

  test('are caught by cases that every backend runs', () => {
    const names = new Set(allCases().map(({ name }) => name));
    expect(saboteurs.map(({ caughtBy }) => caughtBy).filter((name) => !names.has(name))).toEqual([]);
  });

  for (const { name, backend, caughtBy, passes } of saboteurs) {
    test(`${name} is caught by ${caughtBy}`, async () => {
      const sabotaged = backend();
      const caught = await runCase(findCase(caughtBy), sabotaged);
      expect(caught).toMatchObject({ status: 'fail' });
      // Caught for its numbers or behaviour, not because it threw.
      expect(caught.reason).not.toMatch(/^Threw [A-Z]\w*Error: (?!.*instead of returning)/);
      const near = await runCase(findCase(passes), sabotaged);
      expect(near).toMatchObject({ status: 'pass', reason: null });
      const correct = withoutFault();
      for (const one of [caughtBy, passes]) expect(await runCase(findCase(one), correct)).toMatchObject({ status: 'pass' });
    });
  }
});
