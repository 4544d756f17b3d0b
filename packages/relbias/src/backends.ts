// Backends by name. The CPU package is a dependency; the GPU package is optional, loaded on first use, and named when it is missing.
import type { Backend } from '@relbias/bias-spec';
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { readOptions, show } from '@relbias/bias-spec/backend';
import type { CpuBackend, CpuBackendOptions, CpuKernelName } from '@relbias/kernels-cpu';
import { CPU_KERNEL_NAMES, createCpuBackend } from '@relbias/kernels-cpu';
import { didYouMean } from './did-you-mean.ts';

/** `cpu` is the fastest CPU kernel, `cpu:wasm`. */
export type CpuBackendName = 'cpu' | `cpu:${CpuKernelName}`;

/** `gpu` is `gpu:webgpu`. */
export type GpuBackendName = 'gpu' | 'gpu:webgpu' | 'gpu:webgl2' | 'gpu:webasm';

/** A backend by name. */
export type BackendName = CpuBackendName | GpuBackendName;

/**
 * The names that `createBackend` accepts.
 *
 * @example
 * BACKEND_NAMES[0]; // 'cpu'
 */
export const BACKEND_NAMES: readonly BackendName[] = [
  'cpu',
  ...CPU_KERNEL_NAMES.map((kernel) => `cpu:${kernel}` as const),
  'gpu',
  'gpu:webgpu',
  'gpu:webgl2',
  'gpu:webasm',
];

/** Options of the CPU backends: `threads`, `variant`, `revectorize`. The kernel is part of the name. */
export type CpuOptions = Omit<CpuBackendOptions, 'kernel'>;

/** Options of the GPU backends: which device `gpu:webgpu` runs on. */
export interface GpuOptions {
  /** Used in place of `navigator.gpu`. In Node: `create([])` of the npm package `webgpu`. */
  readonly gpu?: object;
  /** A GPUDevice that you opened. Disposing the backend leaves it open. */
  readonly device?: object;
}

/** The options of the backend with this name. */
export type BackendOptions<Name extends BackendName = BackendName> = Name extends CpuBackendName ? CpuOptions : GpuOptions;

/** The backend that `createBackend` makes for this name. */
export type NamedBackend<Name extends BackendName> = Name extends CpuBackendName ? CpuBackend : Backend;

const OPTION_NAMES = { cpu: ['threads', 'variant', 'revectorize'], gpu: ['gpu', 'device'] } as const;

/** The part of @relbias/kernels-gpu that is used. Declared here because the types of relbias must compile without that optional package. */
interface GpuPackage {
  createGpuBackend(options: { readonly mode: string } & GpuOptions): Promise<Backend>;
}

/**
 * Creates a backend, to prepare problems once and run them many times. Dispose it when you are done.
 *
 * @param name - `cpu`, `cpu:naive`, `cpu:online`, `cpu:wasm`, `gpu`, `gpu:webgpu`, `gpu:webgl2` or `gpu:webasm`
 * @param options - of the CPU backends: `threads`, `variant`, `revectorize`; of the GPU backends: `gpu` or `device`
 * @throws ParameterError for an unknown name or option, UnsupportedError where the package or the device is missing.
 * @example
 * const backend = await createBackend('cpu', { threads: 2 });
 * const prepared = await backend.prepare({ heads: 8, queries: 128, keys: 128, headDim: 64, bias: alibi({ heads: 8 }) });
 * backend.threads.count; // 2
 * prepared.dispose();
 * await backend.dispose();
 */
export async function createBackend<Name extends BackendName>(
  name: Name,
  options: BackendOptions<Name> = {},
): Promise<NamedBackend<Name>> {
  const [kind, variant] = readBackendName('backend', name);
  requireOptions(`backend ${name}`, kind, options);
  // The name decides the type, which TypeScript cannot follow.
  const made = kind === 'cpu' ? createOnCpu(variant, options as CpuOptions) : createOnGpu(variant, options as GpuOptions);
  return (await made) as NamedBackend<Name>;
}

/** Splits `cpu:naive` at the colon. @throws ParameterError for a name that is not in `BACKEND_NAMES`. */
export function readBackendName(what: string, name: unknown): readonly [kind: 'cpu' | 'gpu', variant: string | undefined] {
  if (BACKEND_NAMES.includes(name as BackendName)) {
    const [kind, variant] = (name as BackendName).split(':');
    return [kind as 'cpu' | 'gpu', variant];
  }
  const hint = typeof name === 'string' ? didYouMean(name, BACKEND_NAMES, "'") : undefined;
  throw new ParameterError({ what, got: show(name), wanted: BACKEND_NAMES.join(', '), hint });
}

function requireOptions(what: string, kind: 'cpu' | 'gpu', options: unknown): void {
  const accepted: readonly string[] = OPTION_NAMES[kind];
  if (options === null || typeof options !== 'object') {
    throw new ParameterError({ what, got: show(options), wanted: `an object of options (${accepted.join(', ')})` });
  }
  readOptions(what, options, null);
  const unknown = Object.keys(options).find((key) => !accepted.includes(key));
  if (unknown === undefined) return;
  throw new ParameterError({
    what,
    got: `the unknown option ${unknown}`,
    wanted: `one of ${accepted.join(', ')}`,
    hint: hintFor(unknown, kind),
  });
}

function hintFor(option: string, kind: 'cpu' | 'gpu'): string | undefined {
  if (kind === 'cpu' && option === 'kernel') return "The kernel is part of the name: 'cpu:naive', 'cpu:online' or 'cpu:wasm'.";
  if (kind === 'gpu' && option === 'mode') return "The mode is part of the name: 'gpu:webgpu', 'gpu:webgl2' or 'gpu:webasm'.";
  const other = kind === 'cpu' ? 'gpu' : 'cpu';
  if ((OPTION_NAMES[other] as readonly string[]).includes(option)) return `${option} is an option of the ${other} backends.`;
  return didYouMean(option, OPTION_NAMES[kind], '');
}

function createOnCpu(kernel: string | undefined, options: CpuOptions): Promise<Backend> {
  return createCpuBackend(kernel === undefined ? options : { ...options, kernel: kernel as CpuKernelName });
}

async function createOnGpu(mode = 'webgpu', options: GpuOptions): Promise<Backend> {
  const { createGpuBackend } = await loadGpuPackage();
  return createGpuBackend({ ...options, mode });
}

async function loadGpuPackage(): Promise<GpuPackage> {
  try {
    return await import('@relbias/kernels-gpu');
  } catch (error) {
    // A missing package is explained here; an error inside the package passes through.
    if (!isMissing(error, '@relbias/kernels-gpu')) throw error;
    throw new UnsupportedError({
      what: 'backend gpu',
      got: 'no package @relbias/kernels-gpu',
      wanted: 'it to be installed',
      hint: 'To install it: https://github.com/relbias/relbias/tree/main/packages/relbias#backends',
    });
  }
}

/** Whether an import failed because this package is missing. Node and each browser word it differently, but all quote the name. */
function isMissing(error: unknown, packageName: string): boolean {
  return error instanceof Error && new RegExp(`['"\u201c]${packageName}['"\u201d]`).test(error.message);
}

const shared = new Map<CpuBackendName, Promise<CpuBackend>>();

/** The CPU backend of this name that the module keeps, created once. */
export function sharedCpuBackend(name: CpuBackendName): Promise<CpuBackend> {
  let backend = shared.get(name);
  if (backend === undefined) {
    backend = createBackend(name);
    shared.set(name, backend);
    // After a failure the next call tries again.
    backend.catch(() => shared.delete(name));
  }
  return backend;
}
