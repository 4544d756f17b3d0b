// Run by wasm-memory.test.ts in a process of its own: prints by how much resident memory rose above the inputs during one run of the built
// package, as the operating system counted it, and how large the WebAssembly memory was.
import { alibi } from '@relbias/bias-spec';
import { createCpuBackendSync } from '@relbias/kernels-cpu';

const tokens = Number(process.argv[2]);
let wasm = 0;
const { Memory } = WebAssembly;
/** @type {WebAssembly.Memory[]} */
const made = [];
WebAssembly.Memory = class extends Memory {
  /** @param {WebAssembly.MemoryDescriptor} descriptor */
  constructor(descriptor) {
    super(descriptor);
    made.push(this);
  }
};

const draw = () => Float32Array.from({ length: tokens * 64 }, () => Math.random() - 0.5);
const [query, key, value] = [draw(), draw(), draw()];
globalThis.gc?.();
const before = process.memoryUsage.rss();
createCpuBackendSync()
  .prepareSync({ heads: 1, queries: tokens, keys: tokens, headDim: 64, bias: alibi({ heads: 1 }), mask: { causal: true } })
  .runSync(query, key, value);
for (const memory of made) wasm += memory.buffer.byteLength;
// The peak since the process started, in KiB.
console.log(JSON.stringify({ above: process.resourceUsage().maxRSS * 1024 - before, wasm }));
