// Run by wasm-memory.test.ts in a process of its own: prints by how much resident memory rose while caches and allocated tensors of the built
// package were created and disposed, each of about 10 MiB and each used by a worker.
import { createCpuBackend } from '@relbias/kernels-cpu';
import { setTimeout } from 'node:timers/promises';

const rounds = Number(process.argv[2]);
const keys = 20_000;
const rows = new Float32Array(keys * 64).fill(0.1);
const query = new Float32Array(200 * 64).fill(0.1);
const backend = await createCpuBackend({ threads: 2 });

let threads = 2;
async function round() {
  const cache = backend.createCacheSync({ heads: 1, headDim: 64, capacity: keys });
  cache.append(rows, rows);
  const fromCache = await cache.attend(query);
  cache.dispose();
  const prepared = backend.prepareSync({ heads: 1, queries: 200, keys, headDim: 64 });
  const tensors = prepared.allocate();
  const inPlace = await prepared.run(tensors.query, tensors.key, tensors.value);
  prepared.dispose();
  threads = Math.min(threads, fromCache.ranOn.threads ?? 1, inPlace.ranOn.threads ?? 1);
  globalThis.gc?.();
  await setTimeout(5);
}

for (let n = 0; n < 5; n++) await round();
const before = process.memoryUsage.rss();
for (let n = 0; n < rounds; n++) await round();
console.log(JSON.stringify({ above: process.memoryUsage.rss() - before, threads }));
await backend.dispose();
