// Picks a CPU kernel by name.
import { ParameterError } from '@relbias/bias-spec';
import { requireKnownKeys, show } from '@relbias/bias-spec/backend';
import type { CpuBackend } from './backend/backend.ts';
import { backendOf } from './backend/backend.ts';
import type { CpuKernel } from './backend/kernel.ts';
import { naiveKernel } from './naive/naive.ts';
import { onlineKernel } from './online/online.ts';
import { openWasm, openWasmSync } from './wasm/open.ts';
import type { ThreadsOption } from './wasm/threads/available.ts';
import { countThreads, readThreads } from './wasm/threads/available.ts';
import type { CpuVariant } from './wasm/variant.ts';

/** How to come by a kernel, waiting and without waiting. */
interface KernelSource {
  open(caller: string, options: CpuBackendOptions): Promise<CpuKernel>;
  openSync(caller: string, options: CpuBackendOptions): CpuKernel;
}

const KERNELS: Readonly<Record<CpuKernelName, KernelSource>> = {
  naive: plain(naiveKernel),
  online: plain(onlineKernel),
  wasm: { open: openWasm, openSync: openWasmSync },
};

function plain(kernel: CpuKernel): KernelSource {
  const openSync = (caller: string, { threads }: CpuBackendOptions): CpuKernel => ({
    ...kernel,
    threads: countThreads(caller, kernel.name, readThreads(caller, threads)),
  });
  return { open: async (caller, options) => openSync(caller, options), openSync };
}

/** `naive` and `online` are TypeScript to read; `wasm` is WebAssembly SIMD. */
export type CpuKernelName = 'naive' | 'online' | 'wasm';

/** The names that `createCpuBackend` accepts, from the plainest kernel to the fastest. */
export const CPU_KERNEL_NAMES: readonly CpuKernelName[] = Object.keys(KERNELS) as CpuKernelName[];

/** Which kernel, and how it runs. */
export interface CpuBackendOptions {
  /** Default `wasm`. Never replaced by another: a kernel that cannot run here is an error. */
  readonly kernel?: CpuKernelName;
  /**
   * Which build of `wasm`: `simd` runs wherever `wasm` does, `madd` needs relaxed SIMD, `wide` needs `revectorize: true`. Default
   * `auto`: the fastest one of `simd` and `madd`, measured once per process in some 30 ms; `ranOn.variant` says which.
   */
  readonly variant?: CpuVariant;
  /**
   * Turns on V8's experimental revectorizer, which makes 256-bit instructions of 128-bit ones, and runs `wide`. Node 24 and later. It is
   * a flag of the process: all WebAssembly that it compiles from then on is affected. Default false.
   */
  readonly revectorize?: boolean;
  /**
   * How many threads compute with `wasm`, the caller's included: a count, or `auto` for as many as the hardware runs at once. Default 1.
   * In a page, more than one needs cross-origin isolation. The bits of a result do not depend on it.
   */
  readonly threads?: ThreadsOption;
}

/**
 * A backend on this thread and, if asked, on more. Long runs let the event loop turn, and can be aborted.
 *
 * @throws ParameterError for an unknown kernel, UnsupportedError where WebAssembly or its SIMD is missing and `wasm` is wanted, or where
 * workers or shared memory are and a number of threads is.
 * @example
 * const backend = await createCpuBackend();
 * const prepared = await backend.prepare({ heads: 1, queries: 1, keys: 1, headDim: 1 });
 * const { output } = await prepared.run(Float32Array.of(1), Float32Array.of(1), Float32Array.of(7));
 * output.data[0]; // 7
 */
export async function createCpuBackend(options: CpuBackendOptions = {}): Promise<CpuBackend> {
  return backendOf(await kernelSource('createCpuBackend', options).open('createCpuBackend', options));
}

/**
 * The same backend without waiting, for callers that cannot: with its `prepareSync` and `runSync` nothing is awaited.
 *
 * Compiles its WebAssembly on this thread. Chromium before 114 refuses to do that on the main thread of a page.
 *
 * @throws as `createCpuBackend`.
 * @example
 * const prepared = createCpuBackendSync().prepareSync({ heads: 1, queries: 1, keys: 1, headDim: 1 });
 * prepared.runSync(Float32Array.of(1), Float32Array.of(1), Float32Array.of(7)).output.data[0]; // 7
 */
export function createCpuBackendSync(options: CpuBackendOptions = {}): CpuBackend {
  return backendOf(kernelSource('createCpuBackendSync', options).openSync('createCpuBackendSync', options));
}

function kernelSource(caller: string, options: CpuBackendOptions): KernelSource {
  requireKnownKeys(caller, options, ['kernel', 'variant', 'revectorize', 'threads']);
  const { kernel: name = 'wasm' } = options;
  if (Object.hasOwn(KERNELS, name)) return KERNELS[name];
  throw new ParameterError({ what: `${caller}.kernel`, got: show(name), wanted: CPU_KERNEL_NAMES.map(show).join(' or ') });
}
