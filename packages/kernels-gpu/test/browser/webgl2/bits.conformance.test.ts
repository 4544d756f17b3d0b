// WebGL2 in Chromium, on SwiftShader and on Mesa, under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { inject, test } from 'vitest';
import { commands } from 'vitest/browser';
import { bitsOf } from '../../shared/bits.ts';

const tests = bitsOf(
  'webgl2',
  () => createGpuBackend({ mode: 'webgl2' }),
  (report) => commands.saveReport(`bits/gpu-webgl2-chromium-${inject('softwareGpu')}`, report),
);

for (const { name, run } of tests) test(name, run);
