// The suite itself in a browser: the same cases, the same verdicts.
import { conformanceTests, findCase, runCase } from '@relbias/conformance';
import { saboteurs, withoutFault } from '@relbias/conformance/saboteurs';
import { expect, test } from 'vitest';

for (const { name, run } of conformanceTests(withoutFault())) test(name, run);

test.each(saboteurs.map((one) => [one.name, one] as const))('%s is caught here too', async (_name, { backend, caughtBy }) => {
  expect(await runCase(findCase(caughtBy), backend())).toMatchObject({ status: 'fail' });
});
