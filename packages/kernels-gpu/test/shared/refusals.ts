// Refusals of a mode: problems that exceed the limits of its device, and kernels that gpu.js runs in another mode.
import type { AttentionProblem } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { afterAll, expect, test } from 'vitest';
import { gpuBackend } from '../../src/backend.ts';
import { compile } from '../../src/compile.ts';
import type { SharedGpu } from '../../src/shared.ts';

/** A problem that exceeds any limit. */
export interface TooLarge {
  readonly problem: AttentionProblem;
  readonly limit: string;
}

export function testRefusals(acquire: () => Promise<SharedGpu>, tooLarge: () => TooLarge): void {
  let acquired: Promise<SharedGpu> | undefined;
  const shared = (): Promise<SharedGpu> => (acquired ??= acquire());
  afterAll(async () => (await acquired)?.release());

  test('a problem past the limits of the device is refused with the limit', async () => {
    const backend = gpuBackend(await shared());
    const { problem, limit } = tooLarge();
    const refused = backend.prepare(problem);
    await expect(refused).rejects.toThrow(UnsupportedError);
    await expect(refused).rejects.toThrow(limit);
    const small = await backend.prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
    const one = Float32Array.of(1);
    expect([...(await small.run(one, one, Float32Array.of(7))).output.data]).toEqual([7]);
    small.dispose();
  });

  test('a kernel of another class than the mode asked for is an error', async () => {
    const { device } = await shared();
    const elsewhere = { ...device, kernelClass: Array };
    const pass = { name: 'one', parameters: [], functions: [], body: 'return 1.0;' };
    const run = compile(elsewhere, pass, 'read').run([1, 1, 1], {});
    await expect(run).rejects.toThrow('the kernel one, which gpu.js ran in another mode');
  });
}
