// The backends that a browser may have, and how each is opened. What is missing is an answer here, never replaced by another.
import type { Backend } from '@relbias/bias-spec';
import { createCpuBackend } from '@relbias/kernels-cpu';
import { createBackend } from 'relbias';

export interface Candidate {
  /** As in an address, `?backends=wasm,webgl2`. */
  readonly name: string;
  readonly title: string;
  /** What a report must say that it ran as. */
  readonly expected: { readonly backend: string; readonly kernel: string };
  /** Throws where it is missing, saying what is. */
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

/** As many threads as the hardware runs at once; one is not what this row is about. */
async function openThreads(): Promise<Backend> {
  const backend = await createCpuBackend({ kernel: 'wasm', threads: 'auto' });
  const { count, reason } = backend.threads;
  if (count > 1) return backend;
  await backend.dispose();
  throw new Error(`${reason ?? 'one thread is all there is'}.`);
}
