// Backends whose threads share every call, created before the tests of a suite and disposed after them.
import { afterAll, beforeAll } from 'vitest';
import type { SharingBackend } from './sharing-backend.ts';
import { createSharingBackend } from './sharing-backend.ts';

/** One for each number of threads. */
export function sharingBackends(counts: readonly number[]): ReadonlyMap<number, SharingBackend> {
  const backends = new Map<number, SharingBackend>();
  beforeAll(async () => {
    for (const threads of counts) backends.set(threads, await createSharingBackend({ threads }));
  });
  afterAll(async () => {
    for (const backend of backends.values()) await backend.dispose();
  });
  return backends;
}
