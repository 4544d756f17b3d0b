// The option `threads`: the accepted values, and the errors where threads are not available.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import type { CpuBackendOptions } from '@relbias/kernels-cpu';
import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { afterEach, describe, expect, test, vi } from 'vitest';

describe('without shared memory', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test.each([
    [
      'a page that is not isolated',
      'crossOriginIsolated',
      false,
      /2 threads with no shared memory \(crossOriginIsolated is not true\).*Cross-Origin-Embedder-Policy.*'auto'/,
    ],
    [
      'a runtime without SharedArrayBuffer',
      'SharedArrayBuffer',
      undefined,
      /2 threads with no shared memory in Node, wanted a runtime with SharedArrayBuffer and workers.*'auto'/,
    ],
  ])('%s: auto is one thread with a reason, a number is refused', async (_, name, value, refusal) => {
    vi.stubGlobal(name, value);
    const backend = await createCpuBackend({ threads: 'auto' });
    expect(backend.ranOn.threads).toBe(1);
    expect(backend.threads).toMatchObject({ count: 1, reason: expect.stringContaining('no shared memory') });
    await expect(createCpuBackend({ threads: 2 })).rejects.toThrow(UnsupportedError);
    expect(() => createCpuBackendSync({ threads: 2 })).toThrow(refusal);
  });
});

test.each([0, 1.5, -1, NaN, 1000, '2', true])('threads: %o is refused', async (threads) => {
  const wrong = { threads } as unknown as CpuBackendOptions;
  await expect(createCpuBackend(wrong)).rejects.toThrow(ParameterError);
  expect(() => createCpuBackendSync(wrong)).toThrow(/threads: got .*, wanted an integer from 1 to 256, or "auto"/);
});

test('kernels without threads refuse it', async () => {
  expect((await createCpuBackend({ kernel: 'online', threads: 'auto' })).threads).toMatchObject({
    count: 1,
    reason: expect.stringContaining('one thread'),
  });
  await expect(createCpuBackend({ kernel: 'naive', threads: 2 })).rejects.toThrow(
    /2 threads with a kernel that runs on one thread.*'wasm'/,
  );
  expect((await createCpuBackend({ kernel: 'naive', threads: 1 })).threads).toEqual({ count: 1, reason: null });
});
