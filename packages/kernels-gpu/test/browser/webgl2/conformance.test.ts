// WebGL2 in Chromium, on SwiftShader and on Mesa.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { conformanceOf } from '../../shared/conformance.ts';

const tests = conformanceOf('webgl2', () => createGpuBackend({ mode: 'webgl2' }));

for (const { name, run } of tests) test(name, run);
