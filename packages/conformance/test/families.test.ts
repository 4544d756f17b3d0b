// A family defined outside the suite appears in cases, report and matrix when it is passed in.
import type { FamilyDefinition, Term } from '@relbias/bias-spec';
import { toeplitzBias } from '@relbias/bias-spec';
import { sumOf } from '@relbias/bias-spec/backend';
import { allCases, findCase, formatMatrix, mergeReports, naiveBackend, runConformance } from '@relbias/conformance';
import { expect, test } from 'vitest';

/** bias = 1 for the same token, -1 at distance 5, 0 elsewhere. */
const toy: FamilyDefinition = {
  name: 'toy',
  title: 'Toy',
  kind: 'heuristic',
  idea: 'Only for this test.',
  formula: '0',
  citation: 'none',
  convention: 'before-scaling',
  options: [],
  traps: [],
  create: ({ heads }) => toyBias(Number(heads)),
  initialise: (heads) => toyBias(heads),
  cases: [
    { name: 'plain', distances: [5], create: (heads) => toyBias(heads) },
    { name: 'three-heads', heads: [3], create: (heads) => toyBias(heads) },
  ],
};

const toyBias = (heads: number): ReturnType<FamilyDefinition['initialise']> =>
  toeplitzBias({
    family: 'toy',
    heads,
    convention: 'before-scaling',
    parameters: {},
    value: (_head, distance) => (distance === 0 ? 1 : distance === 5 ? -1 : 0),
    addGradient: () => {},
  });

test('a toy family in one file runs, and appears in the matrix', async () => {
  const families = [toy];
  const names = allCases(families).map(({ name }) => name);
  expect(names).toContain('attention/toy:positions=boundary');
  expect(names).toContain('attention/toy:headDim=128');
  expect(names).toContain('attention/toy.three-heads:heads=3;causal');
  const report = await runConformance(naiveBackend(), { families });
  expect(report.counts.fail).toBe(0);
  expect(formatMatrix(mergeReports([report]), 'text')).toMatch(/^toy +\d+\/\d+,/m);
});

test('boundary positions contain the distance and its neighbours with both signs', async () => {
  const blind = naiveBackend({
    plan: (plan) => ({
      ...plan,
      lowered: sumOf(
        plan.lowered.map<Term>({
          'per-distance': (term) => ({ ...term, values: term.values.with(5 - term.minDistance, 0) }),
          'row-scaled': (term) => term,
        }),
      ),
    }),
  });
  const report = await runConformance(blind, { cases: [findCase('attention/toy:positions=boundary', [toy])] });
  expect(report.counts.fail).toBe(1);
});
