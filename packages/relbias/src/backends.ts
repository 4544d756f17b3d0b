// Backends by name. The CPU package is always there; the GPU package is loaded when asked for, and named when it is missing.
import type { Backend } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import type { CpuKernelName } from '@relbias/kernels-cpu';
import { CPU_KERNEL_NAMES, createCpuBackend } from '@relbias/kernels-cpu';

/** `cpu` is the fastest CPU kernel, `cpu:naive` and its like are certain ones; `gpu` is `gpu:webgpu`. */
export type BackendName = 'cpu' | `cpu:${CpuKernelName}` | 'gpu' | 'gpu:webgpu' | 'gpu:webgl2' | 'gpu:webasm';

/** The names that `createBackend` accepts. */
export const BACKEND_NAMES: readonly BackendName[] = [
  'cpu',
  ...CPU_KERNEL_NAMES.map((kernel) => `cpu:${kernel}` as const),
  'gpu',
  'gpu:webgpu',
  'gpu:webgl2',
  'gpu:webasm',
];

/** Where `gpu` and `gpu:webgpu` find their device; anything else takes no options. */
export interface BackendOptions {
  /** What stands for `navigator.gpu` where there is none: in Node, `create([])` of the npm package `webgpu`. */
  readonly gpu?: object;
  /** A GPUDevice of your own, which stays yours. */
  readonly device?: object;
}

/** What is used of @relbias/kernels-gpu. Stated here because the types of relbias must hold where that optional package is missing. */
interface GpuPackage {
  createGpuBackend(options: { readonly mode: string } & BackendOptions): Promise<Backend>;
}

/**
 * Creates a backend, to prepare problems once and run them many times. Dispose it when done.
 *
 * @throws ParameterError for an unknown name, UnsupportedError where the package or the device for it is missing.
 * @example
 * const backend = await createBackend('cpu');
 * const prepared = await backend.prepare({ heads: 8, queries: 128, keys: 128, headDim: 64, bias: alibi({ heads: 8 }) });
 * prepared.dispose();
 * await backend.dispose();
 */
export async function createBackend(name: BackendName, options: BackendOptions = {}): Promise<Backend> {
  if (!BACKEND_NAMES.includes(name)) {
    throw new ParameterError({ what: 'backend', got: show(name), wanted: BACKEND_NAMES.join(', ') });
  }
  const [kind, variant] = name.split(':');
  if (kind === 'cpu') {
    const [stray] = Object.keys(options);
    if (stray !== undefined)
      throw new ParameterError({ what: `backend ${name}`, got: `the option ${stray}`, wanted: 'no options' });
    return createCpuBackend({ kernel: variant as CpuKernelName | undefined });
  }
  const { createGpuBackend } = await loadGpuPackage();
  return createGpuBackend({ ...options, mode: variant ?? 'webgpu' });
}

async function loadGpuPackage(): Promise<GpuPackage> {
  try {
    return await import('@relbias/kernels-gpu');
  } catch (error) {
    // Only its absence is ours to explain; a failure inside the package speaks for itself.
    if (!isMissing(error, '@relbias/kernels-gpu')) throw error;
    throw new UnsupportedError({
      what: 'backend gpu',
      got: 'no package @relbias/kernels-gpu',
      wanted: 'it to be installed',
      hint: 'Run: npm i @relbias/kernels-gpu',
    });
  }
}

/** Whether an import failed because this very package is not there: Node and each browser say it in other words, but all quote it. */
function isMissing(error: unknown, packageName: string): boolean {
  return error instanceof Error && new RegExp(`['"\u201c]${packageName}['"\u201d]`).test(error.message);
}

const shared = new Map<BackendName, Promise<Backend>>();

/** The module's own CPU backend of this name, created once; undefined for names that are not a CPU's. */
export function sharedCpuBackend(name: BackendName): Promise<Backend> | undefined {
  if (name !== 'cpu' && !name.startsWith('cpu:')) return undefined;
  let backend = shared.get(name);
  if (backend === undefined) {
    backend = createBackend(name);
    shared.set(name, backend);
    // A failure must not stick: the next call tries again.
    backend.catch(() => shared.delete(name));
  }
  return backend;
}
