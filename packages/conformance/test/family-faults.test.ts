// Faulty families: the other families are still judged, and the report names the family and its fault. Invalid definitions
// are refused before anything runs.
import type { Bias, FamilyCase, FamilyDefinition } from '@relbias/bias-spec';
import { ParameterError, alibi, alibiFamily, builtinFamilies } from '@relbias/bias-spec';
import { backendOf } from '@relbias/bias-spec/backend';
import type { CaseResult } from '@relbias/conformance';
import { allCases, bitsBackend, bitsCases, findCase, naiveBackend, runCase, runConformance } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

const good: FamilyCase = { name: 'plain', create: (heads) => renamed(alibi({ heads }), 'good') };
const goodFamily: FamilyDefinition = definition('good', [good]);

const renamed = (bias: Bias, name: string): Bias => ({ ...bias, family: name });

/** ALiBi under another name. */
function definition(name: string, cases: readonly FamilyCase[]): FamilyDefinition {
  return { ...alibiFamily, name, initialise: (heads) => renamed(alibi({ heads }), name), cases };
}

/** A family of one case, whose bias is ALiBi with something done to it; the definition itself is sound. */
function family(change: (bias: Bias) => unknown): FamilyDefinition {
  return definition('mine', [{ name: 'plain', create: (heads) => change(renamed(alibi({ heads }), 'mine')) as Bias }]);
}

const complain = (error: unknown) => (): never => {
  throw error;
};

async function resultsOf(mine: FamilyDefinition, part = '/mine'): Promise<readonly CaseResult[]> {
  const families = [mine, goodFamily];
  const filter = (name: string): boolean => name.includes(part) || name === 'attention/good';
  return (await runConformance(naiveBackend(), { families, filter })).results;
}

describe('a faulty family fails in its own cases only', () => {
  const tooLong = (): Float64Array => new Float64Array(2 ** 53);
  test.each<readonly [name: string, change: (bias: Bias) => unknown, words: RegExp]>([
    ['create throws', complain(new TypeError('no tables')), /create\(2, random\): threw TypeError: no tables/],
    ['create makes nothing', () => undefined, /create: got undefined, want a bias/],
    ['the bias has another name', (bias) => ({ ...bias, family: 'other' }), /bias\.family: got "other", want "mine"/],
    [
      'the bias has another convention',
      (bias) => ({ ...bias, convention: 'unscaled' }),
      /bias\.convention: got "unscaled", want "after-scaling", as the definition says/,
    ],
    [
      'lower throws',
      (bias) => ({ ...bias, lower: complain(new TypeError('x of undefined')) }),
      /(mine\.lower: got an error \(x of undefined\), wanted a list of terms\.|threw) .*TypeError: x of undefined/,
    ],
    ['lower makes nothing', (bias) => ({ ...bias, lower: () => undefined }), /(mine\.lower: got undefined|threw \w+Error: )/],
    [
      'lower throws a RangeError of its own',
      (bias) => ({ ...bias, lower: () => 'x'.repeat(-1) }),
      /(mine\.lower: got an error|threw) .*RangeError: Invalid count/,
    ],
    ['lower asks for too much memory', (bias) => ({ ...bias, lower: tooLong }), /Invalid typed array length/],
    [
      'value throws',
      (bias) => ({ ...bias, value: complain(new RangeError('no such head')) }),
      /(mine\.value: got an error|threw) .*RangeError: no such head/,
    ],
    ['adjoint throws', (bias) => ({ ...bias, adjoint: complain(null) }), /threw null|mine\.adjoint: got an error \(null\)/],
  ])('%s', async (_, change, words) => {
    const results = await resultsOf(family(change));
    const failed = results.filter(({ family: name }) => name === 'mine').filter(({ status }) => status !== 'pass');
    expect(failed.length).toBeGreaterThan(0);
    for (const { status, reason } of failed) {
      expect(status).toBe('fail');
      expect(reason).toMatch(/^The family mine, case plain: /);
      expect(reason).toMatch(words);
    }
    expect(results.find(({ name }) => name === 'attention/good')).toMatchObject({ status: 'pass' });
  });

  test('also in the bitwise cases', async () => {
    const families = [family(complain(new TypeError('no tables'))), goodFamily];
    const { results } = await runConformance(bitsBackend(), {
      families,
      cases: bitsCases(families).filter(({ name }) => /^bits\/(mine|good)/.test(name)),
    });
    const [mine, ...others] = results;
    expect(mine).toMatchObject({ name: 'bits/mine', status: 'fail' });
    expect(mine.reason).toMatch(/^The family mine, case plain: create\(2, random\): threw TypeError: no tables/);
    expect(others.length).toBeGreaterThan(3);
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set(['pass']));
  });
});

test("a RangeError of a kernel's prepare is a failure, not a lack of memory", async () => {
  const backend = backendOf({
    name: 'mine',
    ranOn: { backend: 'mine', kernel: 'mine', device: 'JavaScript', arithmetic: 'float32' },
    numerics: ['fast'],
    prepare: () => {
      throw new RangeError('no such tile');
    },
  });
  const { status, reason } = await runCase(findCase('attention/alibi'), backend);
  expect(status).toBe('fail');
  expect(reason).toMatch(/^Threw RangeError: no such tile/);
});

describe('invalid definitions are refused by name', () => {
  const { title: _, ...untitled } = goodFamily;
  test.each<readonly [name: string, families: unknown, words: RegExp]>([
    [
      'two of one name',
      [...builtinFamilies, definition('alibi', [{ ...good, create: (heads) => alibi({ heads }) }])],
      /families\[\d+\]\.name: got "alibi"/,
    ],
    ['an empty object', [{}], /name.*got undefined/],
    ['null', [goodFamily, null], /got null/],
    ['no title', [untitled], /good.*title.*got undefined/],
    ['no name', [{ ...goodFamily, name: undefined }], /name.*got undefined/],
    ['a name that no case can have', [{ ...goodFamily, name: 'my family:2' }], /name.*got "my family:2"/],
    ['no options', [{ ...goodFamily, options: undefined }], /good.*options.*got undefined/],
    ['no cases', [{ ...goodFamily, cases: [] }], /good.*cases.*got/],
    ['a case that makes nothing', [{ ...goodFamily, cases: [{ name: 'plain' }] }], /good.*cases.*create.*got undefined/],
    ['two cases of one name', [{ ...goodFamily, cases: [good, good] }], /good.*cases.*got "plain"/],
  ])('%s', (__, families, words) => {
    for (const list of [allCases, bitsCases, (given: never) => findCase('attention/good', given)]) {
      expect(() => list(families as never)).toThrow(ParameterError);
      expect(() => list(families as never)).toThrow(words);
    }
  });
});
