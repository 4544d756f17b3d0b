// The names of the kernel's builds. A file of its own, so the public types do not depend on the `WebAssembly` namespace.

/** A build of the kernel. scripts/tiles/variants.mjs defines how they differ. */
export type VariantName = 'simd' | 'madd' | 'wide';

/** `auto` picks the fastest of `simd` and `madd` on this machine. docs/performance.md describes the builds. */
export type CpuVariant = 'auto' | VariantName;

/** The values of the option `variant`. */
export const CPU_VARIANTS: readonly CpuVariant[] = ['auto', 'simd', 'madd', 'wide'];
