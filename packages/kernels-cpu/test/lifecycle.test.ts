// Backends when calls overlap, are aborted or fail, or are disposed while they run.
import type { AttentionProblem } from '@relbias/bias-spec';
import { DeviceLostError, ParameterError, ShapeError, alibi } from '@relbias/bias-spec';
import { CPU_KERNEL_NAMES, createCpuBackend, createCpuBackendSync } from '@relbias/kernels-cpu';
import { describe, expect, test, vi } from 'vitest';
import { draw } from './draw.ts';

describe.each(CPU_KERNEL_NAMES)('%s', (kernel) => {
  // Long enough for several turns of the event loop, so `progress` is called.
  const tokens = kernel === 'wasm' ? 2048 : 256;
  const problem: AttentionProblem = {
    heads: 4,
    keyValueHeads: 2,
    queries: tokens,
    keys: tokens,
    headDim: 48,
    bias: alibi({ heads: 4 }),
    mask: { causal: true },
  };
  const inputs = draw(problem);

  test('a run aborted in the middle rejects with the reason, and the next one is right', async () => {
    const prepared = await (await createCpuBackend({ kernel })).prepare(problem);
    const { output: before } = await prepared.run(...inputs);
    const controller = new AbortController();
    const reason = new Error('enough');
    let shares = 0;
    const progress = (done: number): void => {
      expect(done).toBeGreaterThan(0);
      expect(done).toBeLessThan(1);
      shares++;
      controller.abort(reason);
    };
    await expect(prepared.run(...inputs, { signal: controller.signal, progress })).rejects.toBe(reason);
    expect(shares).toBe(1);
    expect((await prepared.run(...inputs)).output.data).toEqual(before.data);
  });

  test('a run yields to the event loop without setImmediate', async () => {
    const prepared = await (await createCpuBackend({ kernel })).prepare(problem);
    vi.stubGlobal('setImmediate', undefined);
    try {
      let shares = 0;
      let ticks = 0;
      const clock = setInterval(() => ticks++, 1);
      const { output } = await prepared.run(...inputs, { progress: () => shares++ });
      clearInterval(clock);
      expect(shares).toBeGreaterThan(0);
      expect(ticks).toBeGreaterThan(0);
      expect(output).toEqual(prepared.runSync(...inputs).output);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test.each(['query', 'key', 'value'] as const)('a run whose %s is transferred meanwhile rejects', async (name) => {
    const prepared = await (await createCpuBackend({ kernel })).prepare(problem);
    const [query, key, value] = inputs;
    const given = { query, key, value, [name]: { query, key, value }[name].slice() };
    const { buffer } = given[name];
    const progress = (): unknown => buffer.byteLength > 0 && structuredClone(buffer, { transfer: [buffer] });
    await expect(prepared.run(given.query, given.key, given.value, { progress })).rejects.toThrow(
      `${name}: got a buffer that was transferred`,
    );
  });

  test('a run whose prepared problem is disposed meanwhile rejects; others continue', async () => {
    const backend = await createCpuBackend({ kernel });
    const disposed = await backend.prepare(problem);
    const other = await backend.prepare(problem);
    const dispose = (): void => disposed.dispose();
    const [lost, kept] = await Promise.allSettled([disposed.run(...inputs, { progress: dispose }), other.run(...inputs)]);
    expect(lost).toMatchObject({ status: 'rejected', reason: expect.any(DeviceLostError) });
    expect(kept).toMatchObject({ status: 'fulfilled', value: { output: { data: other.runSync(...inputs).output.data } } });
  });

  test('overlapping runs of one prepared problem do not mix', async () => {
    const prepared = await (await createCpuBackend({ kernel })).prepare(problem);
    const others = draw(problem, 'other inputs');
    const alone = [await prepared.run(...inputs), await prepared.run(...others)];
    const turns: number[] = [];
    const together = await Promise.all(
      [inputs, others].map((each, index) => prepared.run(...each, { progress: () => turns.push(index) })),
    );
    expect(new Set(turns.slice(0, 2))).toEqual(new Set([0, 1]));
    expect(together).toEqual(alone);
  });

  test('without await: the same bits', async () => {
    const backend = await createCpuBackend({ kernel });
    const wanted = await (await backend.prepare(problem)).run(...inputs, { logSumExp: true });
    const prepared = createCpuBackendSync({ kernel }).prepareSync(problem);
    expect(prepared.runSync(...inputs, { logSumExp: true })).toEqual(wanted);
    expect(prepared.runSync(...inputs).logSumExp).toBeUndefined();
  });

  test('without await: wrong calls throw at once, and the next call is right', () => {
    const backend = createCpuBackendSync({ kernel });
    expect(() => backend.prepareSync({ ...problem, heads: 0 })).toThrow(ParameterError);
    const prepared = backend.prepareSync(problem);
    const before = prepared.runSync(...inputs);
    const [query, key, value] = inputs;
    expect(() => prepared.runSync(query, key, value.subarray(1))).toThrow(ShapeError);
    expect(() =>
      prepared.runSync(
        query,
        key.map(() => NaN),
        value,
      ),
    ).toThrow(ParameterError);
    expect(prepared.runSync(...inputs)).toEqual(before);
  });

  test('disposed objects throw', async () => {
    const backend = await createCpuBackend({ kernel });
    const prepared = backend.prepareSync(problem);
    await backend.dispose();
    await backend.dispose();
    prepared.dispose();
    expect(() => prepared.runSync(...inputs)).toThrow(DeviceLostError);
    await expect(prepared.run(...inputs)).rejects.toThrow(/disposed prepared attention.*Prepare it again/);
    expect(() => backend.prepareSync(problem)).toThrow(DeviceLostError);
    await expect(backend.prepare(problem)).rejects.toThrow(/disposed backend/);
  });
});
