// The tests of the packed packages: pages, and every example of the documentation. scripts/steps.mjs runs them.
import { defineConfig } from 'vitest/config';
import { softwareVulkan } from '../chromium.mjs';

Object.assign(process.env, softwareVulkan());

export default defineConfig({
  cacheDir: '../../node_modules/.vite',
  test: {
    include: ['*.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxConcurrency: 2,
  },
});
