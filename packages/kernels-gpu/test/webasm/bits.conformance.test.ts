// gpu.js's WebAssembly under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { saveReport } from '../../../../vitest.reports.ts';
import { bitsOf } from '../shared/bits.ts';

const tests = bitsOf(
  'webasm',
  () => createGpuBackend({ mode: 'webasm' }),
  (report) => saveReport('bits/gpu-webasm-node', report),
);

for (const { name, run } of tests) test(name, run);
