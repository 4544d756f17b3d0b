// The proof of a device: a device that fails is refused on every request for the reproducible profile; one that passes is proven once.
import type { AttentionProblem } from '@relbias/bias-spec';
import { UnsupportedError } from '@relbias/bias-spec';
import { describe, expect, test } from 'vitest';
import { backendOf } from '../src/backend/backend.ts';
import type { CpuKernel } from '../src/backend/kernel.ts';
import { onlineKernel } from '../src/online/online.ts';
import { openWasmSync } from '../src/wasm/open.ts';

const fast: AttentionProblem = { heads: 1, queries: 1, keys: 2, headDim: 1 };
const reproducible = { ...fast, numerics: 'reproducible' } as const;
const cached = { heads: 1, headDim: 1, numerics: 'reproducible' } as const;

/** A kernel that counts its calls and, while enabled, flips the last bit of the first number of each result. */
function watched(kernel: CpuKernel): { readonly kernel: CpuKernel; flipsBit: boolean; calls: number } {
  const watch = {
    flipsBit: true,
    calls: 0,
    kernel: {
      ...kernel,
      prepare(plan) {
        const inner = kernel.prepare(plan);
        return {
          ...inner,
          start(asked, patient) {
            const call = inner.start(asked, patient);
            watch.calls++;
            return (
              call && {
                ...call,
                end() {
                  call.end();
                  const { buffer, byteOffset } = asked.outputs.output;
                  if (watch.flipsBit) new Uint32Array(buffer, byteOffset, 1)[0] ^= 1;
                },
              }
            );
          },
        };
      },
    } satisfies CpuKernel,
  };
  return watch;
}

describe.each<[string, CpuKernel]>([
  ['online', onlineKernel],
  ['wasm', openWasmSync('test', { variant: 'simd' })],
])('%s', (name, kernel) => {
  test('that flips one bit is refused every time, but can be used with the fast profile', () => {
    const watch = watched(kernel);
    const backend = backendOf(watch.kernel);
    const calls = [() => backend.prepareSync(reproducible)];
    if (kernel.openCache !== null) calls.push(() => backend.createCacheSync(cached) as never);
    for (const call of [...calls, ...calls]) {
      expect(call).toThrow(UnsupportedError);
      expect(call).toThrow(new RegExp(`cpu ${name}: numerics: "reproducible": got output.* in the proof`));
    }
    watch.calls = 0;
    backend.prepareSync(fast).runSync(Float32Array.of(1), Float32Array.of(1, 2), Float32Array.of(3, 4));
    expect(watch.calls).toBe(1);
  });

  test('that is right again is proven once, for problems and caches', () => {
    const watch = watched(kernel);
    const backend = backendOf(watch.kernel);
    expect(() => backend.prepareSync(reproducible)).toThrow(UnsupportedError);
    watch.flipsBit = false;
    watch.calls = 0;
    backend.prepareSync(reproducible);
    const proof = watch.calls;
    expect(proof).toBeGreaterThan(1);
    backend.prepareSync(reproducible);
    if (kernel.openCache !== null) backend.createCacheSync(cached);
    expect(watch.calls).toBe(proof);
  });
});
