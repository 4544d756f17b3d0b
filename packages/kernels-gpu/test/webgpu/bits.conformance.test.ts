// WebGPU in Node under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { create } from 'webgpu';
import { test } from 'vitest';
import { saveReport } from '../../../../vitest.reports.ts';
import { bitsOf } from '../shared/bits.ts';

const tests = bitsOf(
  'webgpu',
  () => createGpuBackend({ mode: 'webgpu', gpu: create([]) }),
  (report) => saveReport('bits/gpu-webgpu-node', report),
);

for (const { name, run } of tests) test(name, run);
