// The front door: the bias families and types of @relbias/bias-spec, attention in one call, and backends by name.
export * from '@relbias/bias-spec';
export type { AttentionOptions } from './attention.ts';
export { attention } from './attention.ts';
export type { BackendName, BackendOptions } from './backends.ts';
export { BACKEND_NAMES, createBackend } from './backends.ts';
