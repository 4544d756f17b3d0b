// gpu.js's WebAssembly, which runs only when asked for by name.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { saveReport } from '../../../../vitest.reports.ts';
import { conformanceOf } from '../shared/conformance.ts';

const tests = conformanceOf(
  'webasm',
  () => createGpuBackend({ mode: 'webasm' }),
  (report) => saveReport('gpu-webasm-node', report),
);

for (const { name, run } of tests) test(name, run);
