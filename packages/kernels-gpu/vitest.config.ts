// Tests of @relbias/kernels-gpu: in Node, and the same backends in Chromium on two independent software GPUs. Mesa has no WebGPU here.
import { defineConfig } from 'vitest/config';
import { browserProject, nodeProject } from '../../vitest.shared.ts';

const mesa = browserProject('mesa', { include: ['test/browser/webgl2/**/*.test.ts'] });

export default defineConfig({ test: { projects: [nodeProject(), browserProject('swiftshader'), mesa] } });
