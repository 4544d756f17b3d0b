// A family that the kernels have never heard of, in one object: every case that the suite makes of it runs on every mode.
import type { FamilyDefinition } from '@relbias/bias-spec';
import { toeplitzBias } from '@relbias/bias-spec';

/** A step down every tenth distance, deeper for each head. */
export const stairs: FamilyDefinition = {
  name: 'stairs',
  title: 'Stairs',
  kind: 'heuristic',
  idea: 'Only for tests.',
  formula: String.raw`-(h + 1) \lfloor |d| / 10 \rfloor / 8`,
  citation: 'none',
  convention: 'after-scaling',
  parameters: [],
  traps: [],
  initialise: (heads) =>
    toeplitzBias({
      family: 'stairs',
      heads,
      convention: 'after-scaling',
      parameters: {},
      value: (head, distance) => (-(head + 1) * Math.floor(Math.abs(distance) / 10)) / 8,
      addGradient: () => {},
    }),
  cases: [{ name: 'plain', distances: [9, 10], create: (heads) => stairs.initialise(heads, Math.random) }],
};
