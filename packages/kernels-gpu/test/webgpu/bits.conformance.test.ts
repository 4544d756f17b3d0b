// WebGPU in Node under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { create } from 'webgpu';
import { test } from 'vitest';
import { bitsOf } from '../shared/bits.ts';

for (const { name, run } of bitsOf('webgpu', () => createGpuBackend({ mode: 'webgpu', gpu: create([]) }))) test(name, run);
