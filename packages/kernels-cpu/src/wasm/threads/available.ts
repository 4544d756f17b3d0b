// Reads the option `threads`: whether threads can share memory here, and how many the hardware runs at once.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { runtime, show } from '@relbias/bias-spec/backend';
import type { ThreadCount } from '../../backend/kernel.ts';
import { ONE_THREAD } from '../../backend/kernel.ts';

/** A number of threads including the caller's, or `auto` for as many as the hardware runs at once. */
export type ThreadsOption = number | 'auto';

/** The most threads of a backend. */
const MAX_THREADS = 256;

/** The option, checked; 1 if it is left out. @throws ParameterError. */
export function readThreads(caller: string, threads: unknown): ThreadsOption {
  if (threads === undefined) return 1;
  if (threads === 'auto') return threads;
  if (typeof threads === 'number' && Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS) return threads;
  throw new ParameterError({
    what: `${caller}.threads`,
    got: show(threads),
    wanted: `an integer from 1 to ${MAX_THREADS}, or "auto"`,
  });
}

/** How many threads to start, and why not more. @throws UnsupportedError for a number above 1 that is not available here. */
export function countThreads(caller: string, kernel: string, threads: ThreadsOption): ThreadCount {
  if (threads === 1) return ONE_THREAD;
  const obstacle = kernel === 'wasm' ? missingSharing() : SINGLE_THREADED;
  if (obstacle === null) {
    const count = threads === 'auto' ? Math.min(hardwareThreads(), MAX_THREADS) : threads;
    return { count, reason: count === 1 ? 'the hardware has one thread' : null };
  }
  if (threads === 'auto') return { count: 1, reason: obstacle.got };
  throw new UnsupportedError({ what: `${caller}.threads`, ...obstacle, got: `${threads} threads with ${obstacle.got}` });
}

interface Obstacle {
  readonly got: string;
  readonly wanted: string;
  readonly hint: string;
}

const SINGLE_THREADED: Obstacle = {
  got: 'a kernel that runs on one thread',
  wanted: "the kernel 'wasm'",
  hint: 'Leave out the option threads, or the option kernel.',
};

function missingSharing(): Obstacle | null {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated !== false && typeof SharedArrayBuffer !== 'undefined') return null;
  const { name, kind } = runtime();
  const isPage = kind === 'browser' || crossOriginIsolated === false;
  return {
    got: isPage ? 'no shared memory (crossOriginIsolated is not true)' : `no shared memory in ${name}`,
    wanted: isPage
      ? 'a page served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
      : 'a runtime with SharedArrayBuffer and workers',
    hint: "Use threads: 'auto', which takes one thread then.",
  };
}

function hardwareThreads(): number {
  const { navigator, process } = globalThis as {
    navigator?: { readonly hardwareConcurrency?: number };
    process?: { getBuiltinModule?(name: string): { availableParallelism?(): number } | undefined };
  };
  // In Node, availableParallelism respects the CPU affinity of the process; hardwareConcurrency does not.
  return process?.getBuiltinModule?.('node:os')?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1;
}
