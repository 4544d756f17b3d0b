// The full bucket sweep, kept out of the ordinary tests for its length: in Node.
import { defineConfig } from 'vitest/config';
import { nodeProject } from '../../vitest.shared.ts';

export default defineConfig({ test: { projects: [nodeProject({ include: ['test/**/*.sweep.ts'] })] } });
