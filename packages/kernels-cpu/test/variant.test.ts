// The choice of a kernel variant: by time, never one with a wrong result, and an error if there is no revectorizer.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Times } from '../src/wasm/probe.ts';
import { agrees, race } from '../src/wasm/probe.ts';
import { turnOnRevectorizer } from '../src/wasm/variant.ts';
import type * as Variant from '../src/wasm/variant.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.doUnmock('../src/wasm/probe.ts');
  vi.resetModules();
});

/** The choice in a new process, for these measured times. */
async function freshChoice(times: Readonly<Record<string, number>>, right: boolean, firstTime = 10): Promise<typeof Variant> {
  vi.resetModules();
  vi.doMock('../src/wasm/probe.ts', () => ({
    *race(trials: readonly unknown[]): Generator<void, Times> {
      yield;
      const fastest = ['simd', 'madd', 'wide'].slice(0, trials.length).map((name) => times[name]);
      return { fastest, first: fastest.map(() => firstTime) };
    },
    // `simd` is compared first, and with itself.
    agrees: vi.fn<() => boolean>(() => right).mockReturnValueOnce(true),
  }));
  return import('../src/wasm/variant.ts');
}

describe('auto', () => {
  test.each([
    [{ simd: 1, madd: 0.7 }, 'madd'],
    [{ simd: 1, madd: 1 }, 'madd'],
    [{ simd: 0.9, madd: 1 }, 'madd'],
    [{ simd: 0.7, madd: 1 }, 'simd'],
  ])('of %o takes %s, and does not measure again', async (times, wanted) => {
    const { chooseVariant, chooseVariantSync } = await freshChoice(times, true);
    expect(chooseVariantSync('test', {})).toBe(wanted);
    expect(await chooseVariant('test', {})).toBe(wanted);
  });

  test('times of code that is not yet optimised are ignored', async () => {
    const { chooseVariantSync } = await freshChoice({ simd: 0.5, madd: 1 }, true, 1);
    expect(chooseVariantSync('test', {})).toBe('madd');
  });

  test('rejects a variant that computes something else, however fast', async () => {
    const { chooseVariantSync } = await freshChoice({ simd: 1, madd: 0.1 }, false);
    expect(chooseVariantSync('test', {})).toBe('simd');
  });
});

test('results that differ by roundings agree, others do not', () => {
  expect(agrees(Float32Array.of(0.5, -0.25), Float32Array.of(0.5 + 2 ** -20, -0.25))).toBe(true);
  expect(agrees(Float32Array.of(0.5), Float32Array.of(0.51))).toBe(false);
  expect(agrees(Float32Array.of(NaN), Float32Array.of(NaN))).toBe(false);
});

test('measuring ends at its time limit even without a decision, and returns the fastest times', () => {
  let runs = 0;
  const trial = { run: () => void runs++, output: () => new Float32Array() };
  const rounds = race([trial], { limitMs: 15, enough: () => false });
  let step = rounds.next();
  const start = performance.now();
  while (step.done !== true) step = rounds.next();
  expect(performance.now() - start).toBeLessThan(1000);
  expect(runs).toBeGreaterThan(1);
  expect(step.value.fastest[0]).toBeLessThan(15);
  expect(step.value.first[0]).toBeGreaterThanOrEqual(step.value.fastest[0]);
});

describe('the revectorizer is refused', () => {
  test.each([
    ['Node 22.12.0', { versions: { node: '22.12.0' }, getBuiltinModule: () => ({ setFlagsFromString: () => undefined }) }],
    ['a runtime whose V8 flags a program cannot set', undefined],
  ])('by %s', (got, process) => {
    vi.stubGlobal('process', process);
    let error: unknown;
    try {
      turnOnRevectorizer();
    } catch (thrown) {
      error = thrown;
    }
    vi.unstubAllGlobals();
    expect(error).toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringContaining(`got ${got}, wanted Node 24 or later`),
    });
  });

  test('where it has no effect, with what was measured', async () => {
    const { chooseVariant } = await freshChoice({ simd: 2, madd: 1, wide: 1 }, true);
    await expect(chooseVariant('test', { revectorize: true })).rejects.toThrow(/simd 2000 us, madd 1000 us, wide 1000 us/);
  });
});
