// Running the suite from code: what it accepts as a backend, how a failure can be repeated, and how wrong arguments are refused.
import type { Backend, Bias, FamilyDefinition } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError, alibi, alibiFamily, planAttention } from '@relbias/bias-spec';
import type { ConformanceOptions, ConformanceReport } from '@relbias/conformance';
import { conformanceTests, findCase, naiveBackend, runCase, runConformance } from '@relbias/conformance';
import { describe, expect, test } from 'vitest';

const cases = ['attention/alibi:heads=12'];

/** A backend that takes all scores for 0. */
function uniform(): Backend {
  return naiveBackend({
    plan: (plan) => ({
      ...plan,
      scale: 0,
      biasScale: 0,
      lowered: planAttention({ heads: 2, queries: 1, keys: 1, headDim: 1 }).lowered,
    }),
  });
}

/** Invalid arguments as JavaScript callers could pass them. */
const run = (backend: unknown, options: unknown = { cases }): Promise<ConformanceReport> =>
  runConformance(backend as Backend, options as ConformanceOptions);

describe('a backend is accepted', () => {
  test.each([
    ['itself', naiveBackend()],
    ['from a function', () => naiveBackend()],
    ['from an async function', async () => naiveBackend()],
  ])('%s', async (_, backend) => {
    expect((await runConformance(backend, { cases })).counts).toEqual({ pass: 1, fail: 0, notRun: 0 });
    for (const { run: judge } of conformanceTests(backend, { cases })) await judge();
  });

  test('and is disposed only if runConformance created it', async () => {
    let disposed = 0;
    const counted = (): Backend => ({ ...naiveBackend(), dispose: async () => void (disposed += 1) });
    await runConformance(counted(), { cases });
    expect(disposed).toBe(0);
    await runConformance(counted, { cases });
    expect(disposed).toBe(1);
    await expect(
      runConformance(counted, {
        cases,
        onProgress: () => {
          throw new Error('enough');
        },
      }),
    ).rejects.toThrow('enough');
    expect(disposed).toBe(2);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('cannot let go')), /dispose\(\) of the backend threw Error: cannot let go/],
    ['never ends', () => new Promise<void>(() => {}), /dispose\(\) of the backend gave no answer within 0\.05 s/],
  ])('and one that was made fails where its dispose %s', async (_, dispose, words) => {
    const report = await runConformance(() => ({ ...naiveBackend(), dispose }), { cases, caseSeconds: 0.05 });
    expect(report.counts).toEqual({ pass: 1, fail: 1, notRun: 0 });
    expect(report.results.at(-1)).toMatchObject({ name: 'contract/dispose', reason: expect.stringMatching(words) as string });
  });
});

describe('a function that makes a backend after the suite stopped waiting', () => {
  let disposed = 0;
  const late = async (): Promise<Backend> => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return { ...naiveBackend(), dispose: async () => void (disposed += 1) };
  };
  const settled = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 120));

  test('is disposed once it is made, after the limit', async () => {
    await expect(run(late, { cases, caseSeconds: 0.02 })).rejects.toThrow('made nothing within 0.02 s');
    await settled();
    expect(disposed).toBe(1);
  });

  test('is disposed once it is made, after an abort', async () => {
    await expect(run(late, { cases, signal: AbortSignal.timeout(20) })).rejects.toThrow('timeout');
    await settled();
    expect(disposed).toBe(2);
  });

  test('is not called once the signal is aborted', async () => {
    let calls = 0;
    const make = (): Promise<Backend> => ((calls += 1), Promise.reject(new Error('unhandled')));
    await expect(run(make, { cases, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(calls).toBe(0);
  });
});

describe('anything but a backend is refused by name', () => {
  test.each([
    ['undefined', undefined, /^backend: got undefined, wanted a backend .* or a function that makes one/],
    ['its name', 'cpu', /^backend: got "cpu", wanted/],
    ['a promise', Promise.resolve(naiveBackend()), /^backend: got a Promise, .* Await it, or pass the function/],
    [
      'kernels',
      { name: 'mine', ranOn: {}, numerics: ['fast'], prepare: () => {} },
      /^backend: got an object without dispose\(\), .*backendOf/,
    ],
    ['an object without functions', {}, /^backend: got an object without prepare\(\)/],
    ['a function that makes nothing', () => undefined, /^backend: got a function that made undefined/],
    ['a function that throws no error', () => Promise.reject(7), /^backend: got a function that threw 7/],
  ])('%s', async (_, backend, words) => {
    await expect(run(backend)).rejects.toThrow(ParameterError);
    await expect(run(backend)).rejects.toThrow(words);
    // The argument is checked before a test runs, if possible; the result of a function is checked in the first test.
    const listed = async (): Promise<void> => {
      for (const { run: judge } of conformanceTests(backend as Backend, { cases })) await judge();
    };
    await expect(listed()).rejects.toThrow(words);
    await expect(runCase(findCase('attention/alibi'), backend as Backend)).rejects.toThrow(/^backend: got /);
  });

  test('an error of the function that makes it is passed on unchanged', async () => {
    const missing = new UnsupportedError({ what: 'gpu', got: 'no adapter', wanted: 'a GPU' });
    await expect(run(() => Promise.reject(missing))).rejects.toBe(missing);
  });

  test('a function that never returns one', async () => {
    await expect(run(() => new Promise(() => {}), { cases, caseSeconds: 0.05 })).rejects.toThrow(
      /^backend: got a function that made nothing within 0\.05 s/,
    );
  });
});

describe('a failure says how to repeat it', () => {
  const reasonOf = async (options: ConformanceOptions): Promise<string> => {
    const { results } = await runConformance(uniform(), options);
    return results.find(({ status }) => status === 'fail')?.reason ?? '';
  };

  test('in code, with a line that runs', async () => {
    expect(await reasonOf({ cases })).toMatch(
      /Repeat: await runConformance\(backend, \{ cases: \['attention\/alibi:heads=12'\] \}\)$/,
    );
  });

  test('with the families that were given', async () => {
    const renamed = (heads: number): Bias => ({ ...alibi({ heads }), family: 'mine' });
    const mine: FamilyDefinition = {
      ...alibiFamily,
      name: 'mine',
      initialise: renamed,
      cases: [{ name: 'plain', create: renamed }],
    };
    expect(await reasonOf({ families: [mine], cases: ['attention/mine:heads=12'] })).toMatch(
      /Repeat: await runConformance\(backend, \{ families, cases: \['attention\/mine:heads=12'\] \}\)$/,
    );
  });

  test('with the given cases, if their names are not enough', async () => {
    const own = { ...findCase('attention/alibi:heads=12'), name: "mine/it's" };
    expect(await reasonOf({ cases: [own] })).toMatch(
      /Repeat: await runConformance\(backend, \{ cases, filter: \(name\) => name === "mine\/it's" \}\)$/,
    );
  });

  test('by a command, if one is given', async () => {
    expect(await reasonOf({ cases, command: 'npx relbias conform --backend ./mine.js' })).toMatch(
      /Repeat: npx relbias conform --backend \.\/mine\.js --case 'attention\/alibi:heads=12'$/,
    );
  });
});

describe('wrong options are refused by name', () => {
  test.each<readonly [name: string, options: unknown, words: RegExp]>([
    ['a name that no option has', { filters: 'attention/alibi' }, /filters.*filter/],
    ['no cases', { cases: [] }, /^options\.cases: got an empty list, wanted at least one/],
    ['cases that are no list', { cases: 'attention/alibi' }, /^options\.cases: got "attention\/alibi", wanted a list/],
    ['an invalid case', { cases: [findCase('attention/alibi'), {}] }, /^options\.cases\[1\]: got an Object, wanted a case/],
    [
      'an unknown case',
      { cases: ['attention/alibbi'] },
      /^case name: got "attention\/alibbi".* Did you mean 'attention\/alibi'\?/,
    ],
    ['an unknown case of the contract', { cases: ['contract/result-are-kept'] }, /Did you mean 'contract\/results-are-kept'\?/],
    ['a name like an option', { cases: ['claims/threads'] }, /^case name: got "claims\/threads", wanted claims\/[^:]*\.$/],
    ['an unknown factor', { cases: ['attention/alibi:haeds=12'] }, /Did you mean 'heads'\?/],
    ['no families', { families: [] }, /^families: got an empty list, wanted at least one/],
    ['families that are null', { families: null }, /^options\.families: got null/],
    ['one family instead of a list', { families: alibiFamily }, /^families: got an Object, wanted a list/],
    [
      'a filter that fits nothing',
      { filter: 'attention/alibbi' },
      /^options\.filter: got "attention\/alibbi".*Did you mean 'attention\/alibi'\?/,
    ],
    ['a filter that is a pattern', { filter: /alibi/ }, /^options\.filter: got a RegExp, wanted a text or a function/],
    ['invalid seconds', { cases, caseSeconds: '3' }, /^options\.caseSeconds: got "3", wanted a number above 0/],
    ['no seconds', { cases, caseSeconds: 0 }, /^options\.caseSeconds: got 0, wanted a number above 0/],
    ['an invalid signal', { cases, signal: true }, /^options\.signal: got true, wanted an AbortSignal/],
    ['an invalid listener', { cases, onProgress: 3 }, /^options\.onProgress: got 3, wanted a function/],
    ['invalid options', 'attention/alibi', /^options: got "attention\/alibi"/],
  ])('%s', async (_, options, words) => {
    await expect(run(naiveBackend(), options)).rejects.toThrow(ParameterError);
    await expect(run(naiveBackend(), options)).rejects.toThrow(words);
    expect(() => conformanceTests(naiveBackend(), options as ConformanceOptions)).toThrow(words);
  });
});
