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
import type { CpuVariant } from './wasm/variant-names.ts';

/** Opens a kernel, asynchronously and synchronously. */
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

/** `naive` and `online` are plain TypeScript, written to be read; `wasm` is WebAssembly SIMD. */
export type CpuKernelName = 'naive' | 'online' | 'wasm';

/** The values of the option `kernel`, from the simplest kernel to the fastest. */
export const CPU_KERNEL_NAMES: readonly CpuKernelName[] = Object.keys(KERNELS) as CpuKernelName[];

/** The options of `createCpuBackend`: which kernel, and how it runs. */
export interface CpuBackendOptions {
  /** Default `wasm`. If the kernel cannot run here, creating the backend throws; no other kernel takes its place. */
  readonly kernel?: CpuKernelName;
  /**
   * The build of `wasm`: `simd` runs wherever `wasm` does, `madd` needs relaxed SIMD, `wide` needs `revectorize: true`. Default `auto`: the
   * faster of `simd` and `madd`, measured once per process in about 30 ms. `ranOn.variant` names the result.
   */
  readonly variant?: CpuVariant;
  /**
   * Turns on V8's experimental revectorizer, which merges 128-bit instructions into 256-bit ones, and runs `wide`. Needs Node 24 or later.
   * It is a flag of the process: it affects all WebAssembly compiled from then on. Default false.
   */
  readonly revectorize?: boolean;
  /**
   * The number of threads that compute, the caller's included: an integer from 1 to 256, or `auto` for as many as the hardware runs at once.
   * Default 1. Only `wasm` uses more than one; in a page that needs cross-origin isolation. The bits of a result do not depend on it.
   */
  readonly threads?: ThreadsOption;
}

/**
 * Creates a CPU backend. Its `run` yields to the event loop every few milliseconds and can be aborted.
 *
 * @throws ParameterError for an unknown option or value. UnsupportedError if `wasm` cannot run here, for example without WebAssembly SIMD or
 * under a content security policy that forbids it, or if a number of threads above 1 is not available; the message says what to do instead.
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
 * Creates the same backend synchronously, for callers that cannot await; use it with `prepareSync` and `runSync`.
 *
 * Compiles WebAssembly on this thread. Chromium before 114 refuses to do that on the main thread of a page.
 *
 * @throws the same errors as `createCpuBackend`.
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
