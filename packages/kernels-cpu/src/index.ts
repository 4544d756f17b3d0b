// The public API of @relbias/kernels-cpu: attention with relative position bias on the CPU.
export type { AllocatedTensors, CpuBackend, PreparedCpuAttention } from './backend/backend.ts';
export type { ThreadCount } from './backend/kernel.ts';
export type { AttentionCache } from './cache/cache.ts';
export type { CacheOptions } from './cache/options.ts';
export type { CpuBackendOptions, CpuKernelName } from './create.ts';
export { CPU_KERNEL_NAMES, createCpuBackend, createCpuBackendSync } from './create.ts';
export type { ThreadsOption } from './wasm/threads/available.ts';
export type { CpuVariant } from './wasm/variant-names.ts';
