// Which kernel one gets by name, and the refusals where it cannot run.
import { ParameterError } from '@relbias/bias-spec';
import type * as KernelsCpu from '@relbias/kernels-cpu';
import type { CpuBackendOptions } from '@relbias/kernels-cpu';
import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';

test('the default kernel is wasm', async () => {
  const device = 'WebAssembly SIMD';
  const variant = expect.stringMatching(/^(simd|madd)$/);
  const ranOn = { backend: 'cpu', kernel: 'wasm', device, arithmetic: 'float32', variant, threads: 1 };
  expect((await createCpuBackend()).ranOn).toEqual(ranOn);
  expect(createCpuBackendSync({ kernel: undefined }).ranOn).toEqual(ranOn);
});

test.each([
  [{ kernel: 'fast' }, /createCpuBackend(Sync)?\.kernel: got "fast", wanted "naive" or "online" or "wasm"/],
  [{ kernel: 'toString' }, /got "toString"/],
  [{ kernel: null }, /got null/],
  [{ kernal: 'wasm' }, /\.kernal: got the unknown option 'kernal', wanted one of kernel, variant, revectorize, threads/],
  [{ variant: 'fast' }, /\.variant: got "fast", wanted "auto" or "simd" or "madd" or "wide"/],
  [{ revectorize: 1 }, /\.revectorize: got 1, wanted true or false/],
  [{ variant: 'wide' }, /\.variant: got "wide" with revectorize: false, wanted revectorize: true/],
  [{ variant: 'simd', revectorize: true }, /\.variant: got "simd" with revectorize: true, wanted "wide"/],
  [null, /got null, wanted an object/],
  ['wasm', /got "wasm", wanted an object/],
])('refuses %o', async (options, message) => {
  const wrong = options as unknown as CpuBackendOptions;
  await expect(createCpuBackend(wrong)).rejects.toThrow(ParameterError);
  expect(() => createCpuBackendSync(wrong)).toThrow(message);
});

/** A copy of the package that has not compiled anything yet. */
async function freshPackage(): Promise<typeof KernelsCpu> {
  vi.resetModules();
  return import('@relbias/kernels-cpu');
}

function stubWebAssembly(changed: Partial<typeof WebAssembly>): void {
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), changed));
}

describe('an engine that cannot run WebAssembly SIMD is refused, and nothing takes its place', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  async function expectRefusal(message: RegExp): Promise<void> {
    const fresh = await freshPackage();
    const refusal = { name: 'UnsupportedError', message: expect.stringMatching(message) };
    await expect(fresh.createCpuBackend()).rejects.toMatchObject(refusal);
    expect(() => fresh.createCpuBackendSync()).toThrow(expect.objectContaining(refusal));
    expect((await fresh.createCpuBackend({ kernel: 'online' })).ranOn.kernel).toBe('online');
  }

  test('without SIMD', async () => {
    stubWebAssembly({ validate: () => false });
    await expectRefusal(/got WebAssembly without SIMD, wanted .*fixed-width SIMD.*'online'/);
  });

  test('without WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await expectRefusal(/got an engine without WebAssembly, wanted .*SIMD.*'online'/);
  });

  test('with a content security policy', async () => {
    const forbid = (): never => {
      throw new WebAssembly.CompileError('violates the Content Security policy');
    };
    // A function, so that `new` can call it.
    const Module = function Module(): never {
      return forbid();
    };
    stubWebAssembly({ compile: async () => forbid(), Module: Module as unknown as typeof WebAssembly.Module });
    await expectRefusal(/violates the Content Security policy.*'wasm-unsafe-eval'.*'online'/);
  });

  test('a refusal does not stick', async () => {
    stubWebAssembly({ validate: () => false });
    const fresh = await freshPackage();
    await expect(fresh.createCpuBackend()).rejects.toThrow('SIMD');
    vi.unstubAllGlobals();
    expect((await fresh.createCpuBackend()).ranOn.kernel).toBe('wasm');
  });

  test('in a Node that was started without WebAssembly', () => {
    const code = `import { createCpuBackend } from '@relbias/kernels-cpu';
      await createCpuBackend().then(() => console.log('made'), ({ name, message }) => console.log(name, message));`;
    const printed = execFileSync(process.execPath, ['--jitless', '--input-type=module', '--eval', code], { encoding: 'utf8' });
    expect(printed).toMatch(/^UnsupportedError cpu wasm: got an engine without WebAssembly/);
  });
});
