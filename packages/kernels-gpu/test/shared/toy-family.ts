// Families defined outside the packages: every case that the suite derives from them runs on every mode.
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
  options: [],
  traps: [],
  create: ({ heads }) => stairs.initialise(Number(heads), Math.random),
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

/** Three line segments falling with the distance, steeper for each head, with a different slope for each of seven neighbouring queries. */
export const ramps: FamilyDefinition = {
  name: 'ramps',
  title: 'Ramps',
  kind: 'heuristic',
  idea: 'Only for tests.',
  formula: String.raw`-(h + 1) \max(0, \min(3, x) - 0.7), x = |d| / (3 + i \bmod 7)`,
  citation: 'none',
  convention: 'after-scaling',
  options: [],
  traps: [],
  create: ({ heads }) => ramps.initialise(Number(heads), Math.random),
  initialise: (heads) => {
    const scaleAt = (position: number): number => 1 / (3 + (((position % 7) + 7) % 7));
    const perHead = (numbers: readonly number[]): Float64Array =>
      Float64Array.from({ length: 3 * heads }, (_, index) => (Math.floor(index / 3) + 1) * numbers[index % 3]);
    return {
      family: 'ramps',
      heads,
      convention: 'after-scaling',
      parameters: {},
      diagnostics: [],
      value: (head, distance, position) => -(head + 1) * Math.max(0, Math.min(3, Math.abs(distance) * scaleAt(position)) - 0.7),
      lower: ({ minDistance, maxDistance, query }) => [
        {
          kind: 'row-scaled',
          heads,
          minDistance,
          maxDistance,
          features: Float64Array.from({ length: maxDistance - minDistance + 1 }, (_, index) => Math.abs(minDistance + index)),
          rowScales: Float64Array.from(query, scaleAt),
          breaks: Float64Array.of(0.7, 3),
          slopes: perHead([0, -1, 0]),
          intercepts: perHead([0, 0.7, -2.3]),
        },
      ],
      adjoint: () => ({}),
    };
  },
  cases: [{ name: 'plain', create: (heads) => ramps.initialise(heads, Math.random) }],
};
