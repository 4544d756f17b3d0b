// The backends that a browser may have, and how each is opened. A missing backend is reported, never replaced by another.
import type { Backend } from '@relbias/bias-spec';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { createBackend } from 'relbias';

export interface Candidate {
  /** As in an address, `?backends=wasm,webgl2`. */
  readonly name: string;
  readonly title: string;
  /** The backend and kernel that its report must name. */
  readonly expected: { readonly backend: string; readonly kernel: string };
  /** Throws where the browser lacks it, with the reason. */
  open(): Promise<Backend>;
}

export const CANDIDATES: readonly Candidate[] = [
  {
    name: 'wasm',
    title: 'CPU, WebAssembly, one thread',
    expected: { backend: 'cpu', kernel: 'wasm' },
    open: () => createBackend('cpu:wasm'),
  },
  {
    name: 'threads',
    title: 'CPU, WebAssembly, threads',
    expected: { backend: 'cpu', kernel: 'wasm' },
    open: openThreads,
  },
  {
    name: 'webgl2',
    title: 'GPU, gpu.js on WebGL 2',
    expected: { backend: 'gpu.js', kernel: 'webgl2' },
    open: () => createBackend('gpu:webgl2'),
  },
  {
    name: 'webgpu',
    title: 'GPU, gpu.js on WebGPU',
    expected: { backend: 'gpu.js', kernel: 'webgpu' },
    open: () => createBackend('gpu:webgpu'),
  },
];

/** As many threads as the hardware runs at once; a single thread has a row of its own. */
async function openThreads(): Promise<Backend> {
  const backend = await createCpuBackend({ kernel: 'wasm', threads: 'auto' });
  const { count, reason } = backend.threads;
  if (count > 1) return backend;
  await backend.dispose();
  throw new Error(`${reason ?? 'this machine runs one thread at a time'}.`);
}
