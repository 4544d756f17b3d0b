// The conformance suite on the WebAssembly kernel with several threads that share every call.
import { allCases, conformanceTests } from '@relbias/conformance';
import { describe, test } from 'vitest';
import { createSharingBackend } from './sharing-backend.ts';

describe.each([2, 3, 4])('%i threads', (threads) => {
  const tests = conformanceTests(() => createSharingBackend({ threads }), {
    cases: allCases(),
    expected: { backend: 'cpu', kernel: 'wasm' },
    command: 'relbias conform --backend wasm',
  });
  for (const { name, run } of tests) test(name, run);
});
