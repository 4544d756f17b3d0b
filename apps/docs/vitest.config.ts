// The tests of the built site: `vitepress build` first, then these drive it in Chromium. Run from scripts/test.mjs.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: '../../node_modules/.vite',
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A page may wait for a processor that others share; the usual second is too short a patience.
    expect: { poll: { timeout: 20_000 } },
  },
});
