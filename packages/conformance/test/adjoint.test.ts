// The cases that check gradients of families: those of bias-spec pass; a family with any mistake in its adjoint fails its adjoint case.
import type { Bias, FamilyCase, FamilyDefinition, ParameterGradients } from '@relbias/bias-spec';
import { alibiFamily, builtinFamilies, learned, toeplitzBias } from '@relbias/bias-spec';
import { allCases, findCase, naiveBackend, runCase, runConformance } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

const backend = naiveBackend();

describe('families of bias-spec', () => {
  const names = allCases()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('adjoint/'));
  test('each has a case for each of its biases', () => {
    expect(names).toHaveLength(builtinFamilies.reduce((sum, { cases }) => sum + cases.length, 0));
  });
  test.each(names)('%s', async (name) => {
    expect(await runCase(findCase(name), backend)).toMatchObject({ status: 'pass', reason: null });
  });
});

/** A family whose biases are another's, with something done to what their adjoint says. */
function withFault(
  definition: FamilyDefinition,
  fault: (gradients: ParameterGradients, heads: number) => ParameterGradients,
): FamilyDefinition {
  const wrap = (bias: Bias): Bias => ({
    ...bias,
    adjoint: (positions, gradient) => fault(bias.adjoint(positions, gradient), bias.heads),
  });
  return {
    ...definition,
    cases: definition.cases.map((one): FamilyCase => ({ ...one, create: (heads, random) => wrap(one.create(heads, random)) })),
  };
}

const each = (gradients: ParameterGradients, change: (one: Float64Array, name: string) => Float64Array): ParameterGradients =>
  Object.fromEntries(Object.entries(gradients).map(([name, data]) => [name, change(data, name)]));

/** Common mistakes, in every learned parameter or in only one. */
const MISTAKES: Readonly<Record<string, (only: string) => (gradients: ParameterGradients, heads: number) => ParameterGradients>> =
  {
    'the wrong sign': (only) => (gradients) => each(gradients, (data, name) => (name === only ? data.map((one) => -one) : data)),
    'a factor of 1.001': (only) => (gradients) =>
      each(gradients, (data, name) => (name === only ? data.map((one) => 1.001 * one) : data)),
    zeros: (only) => (gradients) => each(gradients, (data, name) => (name === only ? data.map(() => 0) : data)),
    nothing: (only) => (gradients) => Object.fromEntries(Object.entries(gradients).filter(([name]) => name !== only)),
    'a number too many': (only) => (gradients) =>
      each(gradients, (data, name) => (name === only ? Float64Array.of(...data, 0) : data)),
    'a NaN': (only) => (gradients) => each(gradients, (data, name) => (name === only ? data.with(0, NaN) : data)),
    'one number that is not added': (only) => (gradients) =>
      each(gradients, (data, name) =>
        name === only
          ? data.with(
              data.findLastIndex((one) => one !== 0),
              0,
            )
          : data,
      ),
    'neighbours mixed up': (only) => (gradients) =>
      each(gradients, (data, name) => (name === only ? data.map((_, index) => data[(index + 1) % data.length]) : data)),
  };

describe.each(builtinFamilies.filter(({ kind }) => kind === 'learned').map((family) => [family.name, family] as const))(
  'the adjoint of %s',
  (_, family) => {
    const [first] = family.cases;
    const bias = first.create(first.heads?.[0] ?? 3, Math.random);
    const names = Object.keys(bias.parameters).filter((name) => bias.parameters[name].learned);
    const mistakes = names.flatMap((name) => Object.entries(MISTAKES).map(([what, fault]) => [name, what, fault(name)] as const));
    // A single number has no neighbours to be mixed up with.
    const possible = mistakes.filter(([name, what]) => what !== 'neighbours mixed up' || bias.parameters[name].data.length > 1);
    test.each(possible)('with %s given %s fails', async (name, _what, fault) => {
      const { status, reason } = await runCase(findCase(`adjoint/${family.name}`, [withFault(family, fault)]), backend);
      expect(status).toBe('fail');
      expect(reason).toContain('adjoint: ');
      expect(reason).toContain(name);
    });
  },
);

/** A plausible family that keeps its numbers in the closure and exposes a copy of them. */
function copying(slopeOf: (distance: number) => number, random = true): FamilyDefinition {
  const make = (heads: number, next: () => number): Bias => {
    const strengths = Array.from({ length: heads }, (_, head) => (random ? next() : 0.25 * (head + 1)));
    return toeplitzBias({
      family: 'root',
      heads,
      convention: 'after-scaling',
      parameters: { strengths: learned(Float64Array.from(strengths), heads) },
      value: (head, distance) => -strengths[head] * Math.sqrt(Math.abs(distance)),
      addGradient: (gradients, weight, head, distance) => {
        gradients.strengths[head] -= weight * slopeOf(distance);
      },
    });
  };
  return { ...alibiFamily, name: 'root', kind: 'learned', initialise: make, cases: [{ name: 'plain', create: make }] };
}

describe('a family that exposes copies of its numbers', () => {
  const right = (distance: number): number => Math.sqrt(Math.abs(distance));
  const judge = (family: FamilyDefinition): ReturnType<typeof runCase> => runCase(findCase('adjoint/root', [family]), backend);
  test('is checked by the random draws that it was made from', async () => {
    expect(await judge(copying(right))).toMatchObject({ status: 'pass' });
    for (const wrong of [(distance: number) => -right(distance), (distance: number) => 1.001 * right(distance), Math.abs]) {
      expect(await judge(copying(wrong))).toMatchObject({ status: 'fail' });
    }
  });
  test('fails with a hint if it uses no random draws', async () => {
    const { status, reason } = await judge(copying(right, false));
    expect(status).toBe('fail');
    expect(reason).toContain('gradient of strengths cannot be checked');
    expect(reason).toContain('Read the numbers from there in value and lower');
  });
});

test('a family with a nonsense adjoint fails the suite on any backend', async () => {
  const nonsense = copying(() => 1);
  const report = await runConformance(backend, { families: [nonsense] });
  const failed = report.results.filter(({ status }) => status === 'fail');
  expect(failed.map(({ name }) => name)).toEqual(['adjoint/root']);
});
