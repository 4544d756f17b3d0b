// WebGPU in Chromium, on SwiftShader, under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { bitsOf } from '../../shared/bits.ts';

for (const { name, run } of bitsOf('webgpu', () => createGpuBackend({ mode: 'webgpu' }))) test(name, run);
