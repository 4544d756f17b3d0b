// The front door: everything of @relbias/bias-spec, attention in one call, backends by name, and a cache for decoding.
export * from '@relbias/bias-spec';
export type { AttentionOptions } from './attention.ts';
export { attention } from './attention.ts';
export type { BackendName, BackendOptions, CpuBackendName, CpuOptions, GpuBackendName, GpuOptions } from './backends.ts';
export { BACKEND_NAMES, createBackend } from './backends.ts';
export type { CreateCacheOptions, OwnedCache } from './cache.ts';
export { createCache } from './cache.ts';
export type { AttentionCache, CacheOptions, CpuBackend, PreparedCpuAttention } from '@relbias/kernels-cpu';
