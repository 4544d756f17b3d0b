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

/** Threads share memory, which a browser allows on isolated pages alone. */
async function openThreads(): Promise<Backend> {
  if (!globalThis.crossOriginIsolated)
    throw new Error('This page is not cross-origin isolated, so threads may not share memory.');
  const options = { kernel: 'wasm' as const, threads: navigator.hardwareConcurrency };
  const backend = await createCpuBackend(options);
  const { threads = 1 } = backend.ranOn;
  if (threads > 1) return backend;
  await backend.dispose();
  throw new Error(`The backend runs on ${threads} thread of the ${navigator.hardwareConcurrency} there are.`);
}
