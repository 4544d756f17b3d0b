// Threads requested in a page that is not cross-origin isolated: there is no shared memory.
import { UnsupportedError } from '@relbias/bias-spec';
import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { expect, test } from 'vitest';
import { draw } from '../../draw.ts';

test('auto is one thread, says why, and computes', async () => {
  expect(crossOriginIsolated).toBe(false);
  const backend = await createCpuBackend({ threads: 'auto' });
  expect(backend.threads).toMatchObject({ count: 1, reason: expect.stringContaining('crossOriginIsolated') });
  expect(backend.ranOn.threads).toBe(1);
  const problem = { heads: 2, queries: 70, keys: 130, headDim: 16 };
  const { ranOn, output } = await (await backend.prepare(problem)).run(...draw(problem));
  expect(ranOn.threads).toBe(1);
  expect(output).toEqual(
    createCpuBackendSync({ kernel: 'wasm' })
      .prepareSync(problem)
      .runSync(...draw(problem)).output,
  );
});

test('a number of threads is refused, and the error names the missing headers', async () => {
  await expect(createCpuBackend({ threads: 2 })).rejects.toThrow(UnsupportedError);
  expect(() => createCpuBackendSync({ threads: 2 })).toThrow(
    /crossOriginIsolated.*Cross-Origin-Opener-Policy: same-origin.*Cross-Origin-Embedder-Policy: require-corp.*'auto'/,
  );
});
