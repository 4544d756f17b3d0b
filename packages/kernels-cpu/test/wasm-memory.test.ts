// The memory of the WebAssembly kernel: its size, its reuse, and its release in every case.
import type { AttentionProblem } from '@relbias/bias-spec';
import { UnsupportedError, alibi } from '@relbias/bias-spec';
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { draw } from './draw.ts';
import { recordMemories } from './recorded-memory.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const PAGE = 2 ** 16;
const MEBIBYTE = 2 ** 20;

/** One query row for all keys: the memory depends on the key count, and the run is short. */
function oneRow(keys: number, given: Partial<AttentionProblem> = {}): AttentionProblem {
  const heads = given.heads ?? 1;
  return { heads, queries: 1, keys, headDim: 64, bias: alibi({ heads }), mask: { causal: true }, ...given };
}

/** The WebAssembly memory of a backend that has run this. */
function bytesOf(problem: AttentionProblem): number {
  const { made } = recordMemories();
  createCpuBackendSync()
    .prepareSync(problem)
    .runSync(...draw(problem));
  vi.unstubAllGlobals();
  expect(made).toHaveLength(1);
  return made[0].buffer.byteLength;
}

describe('size', () => {
  test('linear in the number of keys', () => {
    const [first, second, third] = [4096, 8192, 12288].map((keys) => bytesOf(oneRow(keys)));
    const step = second - first;
    // Keys, values and table entries of 4096 keys, each a float32; a memory grows by pages.
    expect(Math.abs(step - 4096 * (64 + 64 + 1) * 4)).toBeLessThanOrEqual(PAGE);
    expect(Math.abs(third - second - step)).toBeLessThanOrEqual(PAGE);
  });

  test('the same for any batch and any number of heads', () => {
    const alone = bytesOf(oneRow(2048));
    expect(bytesOf(oneRow(2048, { batch: 3 }))).toBe(alone);
    expect(bytesOf(oneRow(2048, { heads: 8 }))).toBe(alone);
  });

  test('8192 tokens take less than 64 MiB above their inputs, counted by the operating system', () => {
    const program = fileURLToPath(new URL('./peak-memory.mjs', import.meta.url));
    const { above, wasm } = JSON.parse(execFileSync(process.execPath, ['--expose-gc', program, '8192'], { encoding: 'utf8' }));
    expect(wasm).toBeLessThan(8 * MEBIBYTE);
    // Everything counts here: output, bias tables, the engine's own growth. A dense bias alone would take 256 MiB.
    expect(above).toBeGreaterThan(wasm);
    expect(above).toBeLessThan(64 * MEBIBYTE);
  });
});

describe('reuse', () => {
  const problem: AttentionProblem = { heads: 4, queries: 1024, keys: 1024, headDim: 48 };
  const inputs = draw(problem);

  test('one memory for all prepared problems of a backend, one more for calls that overlap', async () => {
    const { made } = recordMemories();
    const backend = createCpuBackendSync();
    const prepared = [problem, oneRow(100), { ...problem, queries: 3 }].map((one) => ({ one, ready: backend.prepareSync(one) }));
    for (const { one, ready } of [...prepared, ...prepared]) ready.runSync(...draw(one));
    expect(made).toHaveLength(1);
    for (let round = 0; round < 3; round++) {
      await Promise.all([0, 1, 2].map(() => prepared[0].ready.run(...inputs)));
    }
    // Three calls at once; one memory is kept between rounds, the other two are not.
    expect(made).toHaveLength(1 + 3 * 2);
  });

  test('aborted and failed calls return theirs', async () => {
    const { made } = recordMemories();
    const prepared = createCpuBackendSync().prepareSync(problem);
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController();
      const abort = (): void => controller.abort();
      await expect(prepared.run(...inputs, { signal: controller.signal, progress: abort })).rejects.toThrow('abort');
      const fail = (): never => {
        throw new Error('progress failed');
      };
      await expect(prepared.run(...inputs, { progress: fail })).rejects.toThrow('progress failed');
    }
    prepared.runSync(...inputs);
    expect(made).toHaveLength(1);
  });

  test('a memory above 16 MiB is not kept, a smaller one is', () => {
    const { made } = recordMemories();
    const backend = createCpuBackendSync();
    for (const [keys, wanted] of [
      [30_000, 1],
      [30_000, 1],
      [40_000, 1],
      [40_000, 2],
      [30_000, 3],
    ]) {
      const large = oneRow(keys);
      backend.prepareSync(large).runSync(...draw(large));
      expect(made).toHaveLength(wanted);
    }
  });
});

describe('lifetime', () => {
  test('a memory that is not kept can be collected while its backend lives', () => {
    const program = fileURLToPath(new URL('./kept-memory.mjs', import.meta.url));
    const { kept } = JSON.parse(execFileSync(process.execPath, ['--expose-gc', program, '100000'], { encoding: 'utf8' }));
    // Keys and values of 100,000 keys: 49 MiB.
    expect(kept).toBeLessThan(MEBIBYTE);
  });
});

describe('lifetime in workers', () => {
  test('released memories are collected', () => {
    const program = fileURLToPath(new URL('./forgotten-memory.mjs', import.meta.url));
    const printed = execFileSync(process.execPath, ['--expose-gc', program, '60'], { encoding: 'utf8' });
    const { above, threads } = JSON.parse(printed);
    expect(threads).toBe(2);
    // 60 caches and 60 problems, each with 20,000 keys and values of 64 numbers: 1200 MiB.
    expect(above).toBeLessThan(400 * MEBIBYTE);
  });
});

describe('problems that do not fit', () => {
  test('a problem beyond 32-bit addresses is refused when it is prepared', () => {
    const problem: AttentionProblem = { heads: 1, queries: 1, keys: 300, headDim: 2 ** 22 };
    const backend = createCpuBackendSync();
    expect(() => backend.prepareSync(problem)).toThrow(UnsupportedError);
    expect(() => backend.prepareSync(problem)).toThrow(/needs .* MiB of memory, wanted at most 4095\.9 MiB.*'online'/);
  });

  test('a memory that cannot grow is a clear error, and the next call is right', () => {
    const { refuseToGrow, made } = recordMemories();
    const prepared = createCpuBackendSync().prepareSync(oneRow(4096));
    const inputs = draw(oneRow(4096));
    refuseToGrow(true);
    expect(() => prepared.runSync(...inputs)).toThrow(UnsupportedError);
    expect(() => prepared.runSync(...inputs)).toThrow(/no room for .* MiB of WebAssembly memory/);
    refuseToGrow(false);
    const wanted = createCpuBackendSync()
      .prepareSync(oneRow(4096))
      .runSync(...inputs);
    expect(prepared.runSync(...inputs)).toEqual(wanted);
    expect(made.length).toBeGreaterThan(1);
  });
});
