// gpu.js's WebAssembly, which runs only when asked for by name.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { test } from 'vitest';
import { conformanceOf } from '../shared/conformance.ts';

const tests = conformanceOf('webasm', () => createGpuBackend({ mode: 'webasm' }));

for (const { name, run } of tests) test(name, run);
