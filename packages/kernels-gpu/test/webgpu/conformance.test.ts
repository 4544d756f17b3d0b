// WebGPU in Node, through the npm package webgpu.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { create } from 'webgpu';
import { test } from 'vitest';
import { saveReport } from '../../../../vitest.reports.ts';
import { conformanceOf } from '../shared/conformance.ts';

const tests = conformanceOf(
  'webgpu',
  () => createGpuBackend({ mode: 'webgpu', gpu: create([]) }),
  (report) => saveReport('gpu-webgpu-node', report),
);

for (const { name, run } of tests) test(name, run);
