// The checks on the packed packages that are many: pages, and every example of the documentation. Run from scripts/test.mjs.
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
