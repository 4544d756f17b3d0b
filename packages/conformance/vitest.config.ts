// Tests of @relbias/conformance: in Node, and the same backends in Chromium on two independent software GPUs.
import { defineConfig } from 'vitest/config';
import { browserProject, nodeProject } from '../../vitest.shared.ts';

export default defineConfig({ test: { projects: [nodeProject(), browserProject('swiftshader'), browserProject('mesa')] } });
