// Threads in a page that is cross-origin isolated: Chromium's main thread, which may not sleep.
import type { AttentionProblem } from '@relbias/bias-spec';
import { DeviceLostError, UnsupportedError, alibi } from '@relbias/bias-spec';
import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { draw } from '../../draw.ts';
import { createSharingBackend } from '../../sharing-backend.ts';

const problem: AttentionProblem = {
  heads: 4,
  keyValueHeads: 2,
  queries: 1024,
  keys: 1024,
  headDim: 48,
  bias: alibi({ heads: 4 }),
  mask: { causal: true },
};
const inputs = draw(problem);
const variant = 'simd';

/** Workers that were started and not terminated. */
let alive = 0;
beforeEach(() => {
  alive = 0;
  const { Worker } = globalThis;
  class Counted extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      alive++;
    }

    override terminate(): void {
      alive--;
      super.terminate();
    }
  }
  vi.stubGlobal('Worker', Counted);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('the page is isolated', () => {
  expect(crossOriginIsolated).toBe(true);
});

test('the same bits on 1 to 4 threads; no worker outlives its backend', async () => {
  const wanted = createCpuBackendSync({ variant })
    .prepareSync(problem)
    .runSync(...inputs, { logSumExp: true });
  for (const threads of [2, 3, 4]) {
    const backend = await createSharingBackend({ threads, variant });
    expect(alive).toBe(threads - 1);
    const prepared = await backend.prepare(problem);
    for (let round = 0; round < 5; round++) {
      const got = await prepared.run(...inputs, { logSumExp: true });
      expect(got).toEqual({ ...wanted, ranOn: { ...wanted.ranOn, threads } });
      expect(prepared.runSync(...inputs, { logSumExp: true })).toEqual(got);
    }
    await backend.dispose();
    expect(alive).toBe(0);
  }
});

test('tensors in shared memory', async () => {
  const backend = await createSharingBackend({ threads: 2, variant });
  const prepared = await backend.prepare(problem);
  const wanted = prepared.runSync(...inputs).output.data;
  const { query, key, value } = prepared.allocate();
  [query, key, value].forEach(({ data }, index) => data.set(inputs[index]));
  expect(query.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect((await prepared.run(query, key, value)).output.data).toEqual(wanted);
  await backend.dispose();
});

test('an aborted run, during which the page stays responsive', async () => {
  const backend = await createSharingBackend({ threads: 2, variant });
  const long = { ...problem, queries: 4096, keys: 4096 };
  const prepared = await backend.prepare(long);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 0);
  await expect(prepared.run(...draw(long), { signal: controller.signal })).rejects.toThrow('abort');
  const short = await backend.prepare(problem);
  expect((await short.run(...inputs)).output).toEqual(
    createCpuBackendSync({ variant })
      .prepareSync(problem)
      .runSync(...inputs).output,
  );
  await backend.dispose();
});

test('auto uses as many threads as the hardware runs', async () => {
  const backend = await createCpuBackend({ threads: 'auto', variant });
  expect(backend.threads.count).toBe(navigator.hardwareConcurrency);
  expect(alive).toBe(navigator.hardwareConcurrency - 1);
  await backend.dispose();
});

test('a worker that fails: the loss is permanent, and the backend reports it', async () => {
  const backend = await createSharingBackend({ threads: 2, variant });
  const prepared = await backend.prepare(problem);
  await prepared.run(...inputs);
  backend.workers[0].post({ number: 0, memory: 'none' });
  const large: AttentionProblem = { heads: 3, queries: 2, keys: 30_000, headDim: 64 };
  const tensors = draw(large);
  const runs = async (): Promise<void> => {
    for (let round = 0; round < 100; round++) await (await backend.prepare(large)).run(...tensors);
  };
  await expect(runs()).rejects.toThrow(DeviceLostError);
  expect(backend.threads).toMatchObject({ count: 1, reason: expect.stringContaining('a worker ended') });
  await backend.dispose();
});

test('a page that forbids workers from blobs: an error with the reason, which auto reports too', async () => {
  // What a content security policy without worker-src blob: does to it.
  class Forbidden extends EventTarget {
    constructor() {
      super();
      queueMicrotask(() => this.dispatchEvent(new Event('error')));
    }

    postMessage(): void {}

    terminate(): void {}
  }
  vi.stubGlobal('Worker', Forbidden);
  await expect(createCpuBackend({ threads: 2, variant })).rejects.toThrow(UnsupportedError);
  await expect(createCpuBackend({ threads: 2, variant })).rejects.toThrow(/worker-src blob:/);
  const backend = await createCpuBackend({ threads: 'auto', variant });
  expect(backend.threads).toMatchObject({ count: 1, reason: expect.stringContaining('worker-src blob:') });
});
