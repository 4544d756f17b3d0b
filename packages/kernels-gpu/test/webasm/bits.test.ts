// gpu.js's WebAssembly under the reproducible profile: the proof and the lifecycle.
import { createGpuBackend } from '@relbias/kernels-gpu';
import { acquireGpu } from '../../src/shared.ts';
import { testBitsBehaviour } from '../shared/bits-behaviour.ts';

testBitsBehaviour(
  { mode: 'webasm', open: () => createGpuBackend({ mode: 'webasm' }), live: () => 0, loseDevice: async () => {} },
  () => acquireGpu('webasm', {}),
);
