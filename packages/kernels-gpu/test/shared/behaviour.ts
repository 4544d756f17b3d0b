// Lifecycle of backends on one mode: sharing and release of the device, aborted runs, and lost devices.
import { DeviceLostError } from '@relbias/bias-spec';
import { expect, test } from 'vitest';
import type { ModeUnderTest } from './mode.ts';
import { abortAtFirstPause, problemOf, runOnce } from './mode.ts';

/** Long enough that a run has pauses in software: dozens of rounds. */
const LONG = 1500;

export function testBehaviour({ mode, open, live, loseDevice }: ModeUnderTest): void {
  test('ranOn names the mode, the device and the kernel class', async () => {
    const backend = await open();
    expect(backend.ranOn).toMatchObject({ backend: 'gpu.js', kernel: mode, arithmetic: 'float32' });
    expect(backend.ranOn.device).toMatch(
      { webgpu: /., WebGPUKernel$/, webgl2: /., WebGL2Kernel$/, webasm: /., WebAssemblyKernel$/ }[mode],
    );
    await backend.dispose();
  });

  test('twenty runs keep no more resources than one, and dispose releases all', async () => {
    const before = live();
    const backend = await open();
    const prepared = await backend.prepare(problemOf(200));
    await runOnce(prepared);
    const afterOne = live();
    for (let run = 1; run < 20; run++) await runOnce(prepared);
    expect(live()).toBe(afterOne);
    expect(afterOne > before).toBe(mode !== 'webasm');
    await backend.dispose();
    expect(live()).toBe(before);
  });

  test('a disposed problem releases its resources', async () => {
    const backend = await open();
    for (const tokens of [16, 100]) (await backend.prepare(problemOf(tokens))).dispose();
    const before = live();
    for (const tokens of [16, 100, 16, 100]) {
      const prepared = await backend.prepare(problemOf(tokens));
      await runOnce(prepared);
      prepared.dispose();
    }
    // Kernels keep their last result, which the first two problems never computed: 200 later ones must not add to it.
    const settled = live();
    for (let round = 0; round < 5; round++) {
      for (const tokens of [16, 100]) {
        const prepared = await backend.prepare(problemOf(tokens));
        await runOnce(prepared);
        prepared.dispose();
      }
    }
    expect(live()).toBe(settled);
    expect(before).toBeLessThanOrEqual(settled);
    await backend.dispose();
  });

  test('backends share a device, and disposing the last closes it', async () => {
    const before = live();
    const [first, second] = await Promise.all([open(), open()]);
    const a = await first.prepare(problemOf(40));
    const b = await second.prepare(problemOf(70));
    const results = await Promise.all([runOnce(a), runOnce(b), runOnce(a), runOnce(b)]);
    expect(results.map(({ output }) => output.shape[2])).toEqual([40, 70, 40, 70]);
    for (const { output } of results) expect(new Set(output.data)).toEqual(new Set([0.5]));
    await first.dispose();
    expect(new Set((await runOnce(b)).output.data)).toEqual(new Set([0.5]));
    await second.dispose();
    expect(live()).toBe(before);
  });

  test('an abort ends a run between two rounds, and the next run is right', async () => {
    const backend = await open();
    const prepared = await backend.prepare(problemOf(LONG));
    await abortAtFirstPause(prepared);
    const alive = live();
    expect(new Set((await runOnce(prepared)).output.data)).toEqual(new Set([0.5]));
    expect(live()).toBe(alive);
    await backend.dispose();
  });

  test('inputs transferred before their turn are refused, and the next run is right', async () => {
    const backend = await open();
    const prepared = await backend.prepare(problemOf(16));
    const query = new Float32Array(prepared.plan.heads * 16 * prepared.plan.headDim);
    const run = prepared.run(query, query.slice(), query.slice());
    structuredClone(query.buffer, { transfer: [query.buffer] });
    await expect(run).rejects.toThrow('query: got a buffer that was transferred');
    expect(new Set((await runOnce(prepared)).output.data)).toEqual(new Set([0.5]));
    await backend.dispose();
  });

  test('scores that float32 cannot hold are refused', async () => {
    const backend = await open();
    const prepared = await backend.prepare({ heads: 1, queries: 1, keys: 2, headDim: 1 });
    const run = prepared.run(Float32Array.of(1e20), Float32Array.of(-1e20, -2e20), Float32Array.of(1, 2));
    await expect(run).rejects.toThrow('scores: got up to');
    await backend.dispose();
  });

  test('disposing a problem or a backend during a run ends the run', async () => {
    const before = live();
    const backend = await open();
    const prepared = await backend.prepare(problemOf(LONG));
    const progress = (): void => prepared.dispose();
    await expect(runOnce(prepared, { progress })).rejects.toThrow(DeviceLostError);
    const another = await backend.prepare(problemOf(LONG));
    let disposing: Promise<void> | undefined;
    await expect(runOnce(another, { progress: () => void (disposing ??= backend.dispose()) })).rejects.toThrow(/disposed/);
    await disposing;
    expect(live()).toBe(before);
    await expect(backend.prepare(problemOf(16))).rejects.toThrow(/disposed backend/);
    await backend.dispose();
  });

  if (mode === 'webasm') return;

  test('a device lost between runs: clear errors, and a new backend works', async () => {
    const backend = await open();
    const prepared = await backend.prepare(problemOf(40));
    await runOnce(prepared);
    await loseDevice();
    await expect(runOnce(prepared)).rejects.toThrow(DeviceLostError);
    await expect(backend.prepare(problemOf(40))).rejects.toThrow(/lost.*create a new one/);
    // Before the old one is disposed, and again afterwards.
    const fresh = await open();
    const again = await fresh.prepare(problemOf(40));
    expect(new Set((await runOnce(again)).output.data)).toEqual(new Set([0.5]));
    prepared.dispose();
    await backend.dispose();
    expect(new Set((await runOnce(again)).output.data)).toEqual(new Set([0.5]));
    await fresh.dispose();
  });

  test('a device lost during a run ends it with the loss as the error', async () => {
    const backend = await open();
    const prepared = await backend.prepare(problemOf(LONG));
    let losing: Promise<void> | undefined;
    await expect(runOnce(prepared, { progress: () => void (losing ??= loseDevice()) })).rejects.toThrow(DeviceLostError);
    await losing;
    await backend.dispose();
    const fresh = await open();
    expect(new Set((await runOnce(await fresh.prepare(problemOf(16)))).output.data)).toEqual(new Set([0.5]));
    await fresh.dispose();
  });
}
