// WebGPU in Node, through the npm package webgpu.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { create } from 'webgpu';
import { test } from 'vitest';
import { conformanceOf } from '../shared/conformance.ts';

const tests = conformanceOf('webgpu', () => createGpuBackend({ mode: 'webgpu', gpu: create([]) }));

for (const { name, run } of tests) test(name, run);
