// WebGPU in Chromium, on SwiftShader, through navigator.gpu.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { inject, test } from 'vitest';
import { commands } from 'vitest/browser';
import { conformanceOf } from '../../shared/conformance.ts';

const tests = conformanceOf(
  'webgpu',
  () => createGpuBackend({ mode: 'webgpu' }),
  (report) => commands.saveReport(`gpu-webgpu-chromium-${inject('softwareGpu')}`, report),
);

for (const { name, run } of tests) test(name, run);
