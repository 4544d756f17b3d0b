// WebGPU in Chromium, on SwiftShader, under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { inject, test } from 'vitest';
import { commands } from 'vitest/browser';
import { bitsOf } from '../../shared/bits.ts';

const tests = bitsOf(
  'webgpu',
  () => createGpuBackend({ mode: 'webgpu' }),
  (report) => commands.saveReport(`bits/gpu-webgpu-chromium-${inject('softwareGpu')}`, report),
);

for (const { name, run } of tests) test(name, run);
