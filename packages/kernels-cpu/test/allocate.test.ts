// Tensors in the kernel's own memory: the bits of the copying path, nothing copied, one run at a time.
import type { AttentionProblem } from '@relbias/bias-spec';
import { DeviceLostError, UnsupportedError, alibi } from '@relbias/bias-spec';
import type { PreparedCpuAttention } from '@relbias/kernels-cpu';
import { createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { draw } from './draw.ts';
import { recordMemories } from './recorded-memory.ts';
import { createSharingBackend } from './sharing-backend.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const problem: AttentionProblem = {
  batch: 2,
  heads: 4,
  keyValueHeads: 2,
  queries: 1500,
  keys: 1500,
  headDim: 40,
  bias: alibi({ heads: 4 }),
  mask: { causal: true, keyLengths: [1500, 900] },
};

/** Allocates, and fills with these. */
function allocated(
  prepared: PreparedCpuAttention,
  inputs: ReturnType<typeof draw>,
): ReturnType<PreparedCpuAttention['allocate']> {
  const tensors = prepared.allocate();
  [tensors.query, tensors.key, tensors.value].forEach(({ data }, index) => data.set(inputs[index]));
  return tensors;
}

describe.each([1, 3])('%i threads', (threads) => {
  // Values are read in place if valueDim is a multiple of 8, and padded first otherwise.
  test.each([40, 37])('the bits of the copying path, valueDim %i', async (valueDim) => {
    const backend = await createSharingBackend({ threads });
    const prepared = await backend.prepare({ ...problem, valueDim });
    const inputs = draw({ ...problem, valueDim });
    const wanted = await prepared.run(...inputs, { logSumExp: true });
    const { query, key, value, output, logSumExp } = allocated(prepared, inputs);
    for (let round = 0; round < 3; round++) {
      output.data.fill(NaN);
      logSumExp.data.fill(NaN);
      const got =
        round % 2 === 0
          ? prepared.runSync(query, key, value, { logSumExp: true })
          : await prepared.run(query.data, key.data, value.data, { logSumExp: true });
      expect(got).toEqual(wanted);
      expect(got.output.data).toBe(output.data);
      expect(got.logSumExp?.data).toBe(logSumExp.data);
    }
    expect([query.shape, key.shape, value.shape]).toEqual([
      [2, 4, 1500, 40],
      [2, 2, 1500, 40],
      [2, 2, 1500, valueDim],
    ]);
    await backend.dispose();
  });

  test('a second run on them is refused; after an abort no worker writes into the next run', async () => {
    const backend = await createSharingBackend({ threads });
    const prepared = await backend.prepare(problem);
    const inputs = draw(problem);
    const wanted = prepared.runSync(...inputs).output.data;
    const { query, key, value, output } = allocated(prepared, inputs);
    const first = prepared.run(query, key, value);
    await expect(prepared.run(query, key, value)).rejects.toThrow(UnsupportedError);
    expect(() => prepared.runSync(query, key, value)).toThrow(/another run is still using.*Await the other run/);
    // The copying path is unaffected.
    expect((await prepared.run(...inputs)).output.data).toEqual(wanted);
    expect((await first).output.data).toEqual(wanted);
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const progress = (): void => controller.abort();
      await expect(prepared.run(query, key, value, { signal: controller.signal, progress })).rejects.toThrow('abort');
      output.data.fill(NaN);
      expect(prepared.runSync(query, key, value).output.data).toEqual(wanted);
    }
    await backend.dispose();
  });
});

test('nothing is copied: one memory of a fixed size, and no array of the size of a tensor', () => {
  const { made } = recordMemories();
  const prepared = createCpuBackendSync({ variant: 'simd' }).prepareSync(problem);
  const { query, key, value } = prepared.allocate();
  const memory = made.find(({ buffer }) => buffer === query.data.buffer);
  expect(memory).toBeDefined();
  vi.unstubAllGlobals();
  const lengths: number[] = [];
  // Not a subclass: the tensors would not be plain arrays.
  const Counted = new Proxy(Float32Array, {
    construct(target, given: [number], newTarget) {
      if (typeof given[0] === 'number') lengths.push(given[0]);
      return Reflect.construct(target, given, newTarget);
    },
  });
  vi.stubGlobal('Float32Array', Counted);
  prepared.runSync(query, key, value);
  expect(Math.max(0, ...lengths)).toBeLessThan(sizeOf(query.shape));
  expect(query.data.buffer).toBe(memory?.buffer);
});

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

test('every call returns the same tensors, which can be mixed with ordinary ones', async () => {
  const prepared = await (await createCpuBackend()).prepare(problem);
  const inputs = draw(problem);
  const tensors = allocated(prepared, inputs);
  expect(prepared.allocate()).toBe(tensors);
  const wanted = prepared.runSync(...inputs).output.data;
  const mixed = prepared.runSync(tensors.query, inputs[1], tensors.value).output.data;
  expect(mixed).toEqual(wanted);
  expect(mixed).not.toBe(tensors.output.data);
});

test('allocating is refused without memory of its own, beyond 32-bit addresses and after dispose', async () => {
  const online = createCpuBackendSync({ kernel: 'online' }).prepareSync(problem);
  expect(() => online.allocate()).toThrow(UnsupportedError);
  expect(() => online.allocate()).toThrow(/wanted the kernel 'wasm'/);
  const wide = createCpuBackendSync({ variant: 'simd' }).prepareSync({ heads: 4, queries: 80_000, keys: 80_000, headDim: 1024 });
  expect(() => wide.allocate()).toThrow(/needs .* MiB of memory/);
  const disposed = createCpuBackendSync().prepareSync(problem);
  const { query, key, value } = disposed.allocate();
  disposed.dispose();
  expect(() => disposed.allocate()).toThrow(DeviceLostError);
  expect(() => disposed.runSync(query, key, value)).toThrow(DeviceLostError);
  expect(query.data).toHaveLength(2 * 4 * 1500 * 40);
});
