// A family defined outside the packages: every case that the suite derives from it runs on every CPU kernel.
import type { FamilyDefinition } from '@relbias/bias-spec';
import { toeplitzBias } from '@relbias/bias-spec';
import { conformanceTests } from '@relbias/conformance';
import { CPU_KERNEL_NAMES, createCpuBackend } from '@relbias/kernels-cpu';
import { describe, expect, test } from 'vitest';

/** A wave over the distance, of another length for each head. */
const waves: FamilyDefinition = {
  name: 'waves',
  title: 'Waves',
  kind: 'heuristic',
  idea: 'Only for this test.',
  formula: String.raw`\cos(d / (h + 1))`,
  citation: 'none',
  convention: 'after-scaling',
  options: [],
  traps: [],
  create: ({ heads }) => waves.initialise(Number(heads), Math.random),
  initialise: (heads) =>
    toeplitzBias({
      family: 'waves',
      heads,
      convention: 'after-scaling',
      parameters: {},
      value: (head, distance) => Math.cos(distance / (head + 1)),
      addGradient: () => {},
    }),
  cases: [{ name: 'plain', distances: [3], create: (heads) => waves.initialise(heads, Math.random) }],
};

describe.each(CPU_KERNEL_NAMES)('%s', (kernel) => {
  const tests = conformanceTests(() => createCpuBackend({ kernel }), { families: [waves], filter: 'attention/waves' });
  test('the suite has cases of it', () => expect(tests.map(({ name }) => name)).toContain('attention/waves:positions=boundary'));
  for (const { name, run } of tests) test(name, run);
});
