// Refusals: modes that Node lacks, modes that do not exist, and wrong options.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import type { GpuBackendOptions, GpuMode } from '@relbias/kernels-gpu';
import { createGpuBackend } from '@relbias/kernels-gpu';
import { expect, test } from 'vitest';

test.each([
  ['webgpu', UnsupportedError, /no navigator\.gpu.*create\(\[\]\)/s],
  ['webgl2', UnsupportedError, /neither document nor OffscreenCanvas.*mode 'webgpu'/s],
  // It computes in double precision, unlike a GPU.
  ['cpu', ParameterError, /got "cpu", wanted "webgpu" or "webgl2" or "webasm"/],
  ['gpu', ParameterError, /got "gpu"/],
] as const)('mode %s is refused, and the error says what it needs', async (mode, kind, message) => {
  const refused = createGpuBackend({ mode: mode as GpuMode });
  await expect(refused).rejects.toThrow(kind);
  await expect(refused).rejects.toThrow(message);
});

test.each([
  [undefined, /createGpuBackend: got undefined, wanted an object/],
  ['webasm', /got "webasm", wanted an object/],
  [
    { mode: 'webasm', powerPreference: 'low-power' },
    /createGpuBackend\.powerPreference: got the unknown option 'powerPreference'/,
  ],
  [{ mode: 'webasm', device: {} }, /createGpuBackend\.device: got one with mode "webasm"/],
])('refuses %o', async (options, message) => {
  const refused = createGpuBackend(options as unknown as GpuBackendOptions);
  await expect(refused).rejects.toThrow(ParameterError);
  await expect(refused).rejects.toThrow(message);
});
