// WebGPU in Chromium, on SwiftShader, through navigator.gpu.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { conformanceOf } from '../../shared/conformance.ts';

const tests = conformanceOf('webgpu', () => createGpuBackend({ mode: 'webgpu' }));

for (const { name, run } of tests) test(name, run);
