// gpu.js's WebAssembly under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { bitsOf } from '../shared/bits.ts';

for (const { name, run } of bitsOf('webasm', () => createGpuBackend({ mode: 'webasm' }))) test(name, run);
