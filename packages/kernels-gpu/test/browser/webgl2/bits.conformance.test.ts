// WebGL2 in Chromium, on SwiftShader and on Mesa, under the reproducible profile.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { bitsOf } from '../../shared/bits.ts';

for (const { name, run } of bitsOf('webgl2', () => createGpuBackend({ mode: 'webgl2' }))) test(name, run);
