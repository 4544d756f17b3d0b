// Creating a kernel by name, and the errors if it cannot run.
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

test('a profile that a kernel does not support is refused, naming the kernels that do', () => {
  const problem = { heads: 1, queries: 1, keys: 1, headDim: 1, numerics: 'reproducible' } as const;
  expect(() => createCpuBackendSync({ kernel: 'naive' }).prepareSync(problem)).toThrow(
    `cpu naive: problem.numerics: got "reproducible", wanted "fast". The kernels 'wasm' and 'online' support it.`,
  );
});

/** A copy of the package that has not compiled anything yet. */
async function freshPackage(): Promise<typeof KernelsCpu> {
  vi.resetModules();
  return import('@relbias/kernels-cpu');
}

function stubWebAssembly(changed: Partial<typeof WebAssembly>): void {
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), changed));
}

describe('an engine that cannot run WebAssembly SIMD is refused, without a fallback', () => {
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
    await expectRefusal(/got WebAssembly without SIMD in Node, wanted .*fixed-width SIMD.*'online'/);
  });

  test('without WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    await expectRefusal(/got no WebAssembly in Node, wanted .*SIMD.*'online'/);
  });

  /** The globals that distinguish runtimes, replacing those of Node. */
  const RUNTIMES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    Node: {},
    'Cloudflare Workers': { navigator: { userAgent: 'Cloudflare-Workers' } },
    'an edge runtime': { EdgeRuntime: 'edge-runtime' },
    Deno: { Deno: {} },
    'a page': { document: {}, process: undefined },
    'an Electron page': { document: {}, process: Object.create(process, { type: { value: 'renderer' } }) as unknown },
    'a runtime of another kind': { process: undefined },
  };

  function stubRuntime(name: string): void {
    for (const [global, value] of Object.entries(RUNTIMES[name])) vi.stubGlobal(global, value);
  }

  function forbidCompiling(error: Error): void {
    const forbid = (): never => {
      throw error;
    };
    // A function, because it is called with `new`.
    const Module = function Module(): never {
      return forbid();
    };
    stubWebAssembly({ compile: async () => forbid(), Module: Module as unknown as typeof WebAssembly.Module });
  }

  test.each([
    ['Node', /WebAssembly that Node refuses to compile \(not allowed\), wanted a process and a vm context that may/],
    [
      'Cloudflare Workers',
      /Cloudflare Workers \(workerd\) refuses .*wanted a runtime that compiles WebAssembly from bytes, which this one/,
    ],
    ['an edge runtime', /this edge runtime refuses .*from bytes, which this one never does/],
    ['Deno', /Deno refuses to compile/],
    ['a page', /this browser refuses to compile .*wanted a content security policy with script-src 'wasm-unsafe-eval'/],
    ['an Electron page', /'wasm-unsafe-eval'/],
    ['a runtime of another kind', /wanted a runtime that compiles WebAssembly from bytes\./],
  ])('where compiling is not allowed: %s', async (name, refusal) => {
    stubRuntime(name);
    forbidCompiling(new WebAssembly.CompileError('not allowed'));
    await expectRefusal(refusal);
    await expectRefusal(/Use the kernel 'online'/);
  });

  test('the errors in Node, Deno and edge runtimes do not mention content security policies', async () => {
    const fresh = await freshPackage();
    const messages: unknown[] = [];
    for (const name of ['Node', 'Cloudflare Workers', 'an edge runtime', 'Deno']) {
      stubRuntime(name);
      forbidCompiling(new WebAssembly.CompileError('not allowed'));
      messages.push(await fresh.createCpuBackend().catch(String));
      vi.unstubAllGlobals();
    }
    expect(messages).toHaveLength(4);
    expect(messages.filter((message) => /content security|script-src/.test(String(message)))).toEqual([]);
  });

  test('a module too large to compile: the error of the synchronous function names the asynchronous one', async () => {
    forbidCompiling(new RangeError('buffer size is larger than 4KB'));
    const fresh = await freshPackage();
    expect(() => fresh.createCpuBackendSync()).toThrow(/larger than 4KB.*Use createCpuBackend, which compiles asynchronously/);
    await expect(fresh.createCpuBackend()).rejects.toThrow(/larger than 4KB.*accepts\. Use the kernel 'online'/);
  });

  test('a refusal is not cached', async () => {
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
    expect(printed).toMatch(/^UnsupportedError cpu wasm: got no WebAssembly in Node/);
  });
});
