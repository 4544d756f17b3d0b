// WebGL2 in Chromium, on SwiftShader and on Mesa.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { inject, test } from 'vitest';
import { commands } from 'vitest/browser';
import { conformanceOf } from '../../shared/conformance.ts';

const tests = conformanceOf(
  'webgl2',
  () => createGpuBackend({ mode: 'webgl2' }),
  (report) => commands.saveReport(`gpu-webgl2-chromium-${inject('softwareGpu')}`, report),
);

for (const { name, run } of tests) test(name, run);
