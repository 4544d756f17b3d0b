// Run by wasm-memory.test.ts in a process of its own: prints how much memory outside the JavaScript heap a backend of the built package
// holds after a call that needed far more than it keeps.
import { createCpuBackendSync } from '@relbias/kernels-cpu';
import { setTimeout } from 'node:timers/promises';

const keys = Number(process.argv[2]);
const held = async () => {
  // Freed buffers are subtracted in the background, after a garbage collection.
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await setTimeout(20);
  }
  return process.memoryUsage().external;
};

const problem = { heads: 1, queries: 1, keys, headDim: 64 };
const rows = new Float32Array(keys * 64);
const backend = createCpuBackendSync();
const before = await held();
backend.prepareSync(problem).runSync(rows.subarray(0, 64), rows, rows);
const after = await held();
// The backend is still in use.
backend.prepareSync({ ...problem, keys: 1 });
console.log(JSON.stringify({ kept: after - before }));
