// Whether threads can share memory here, and how many the hardware runs at once.
import { ParameterError, UnsupportedError } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import type { ThreadCount } from '../../backend/kernel.ts';
import { ONE_THREAD } from '../../backend/kernel.ts';

/** What `createCpuBackend` accepts: a count, the caller's thread included, or as many as the hardware runs at once. */
export type ThreadsOption = number | 'auto';

/** More would spend their time on starting. */
const MOST_THREADS = 256;

/** @throws ParameterError where it is neither. */
export function readThreads(caller: string, threads: unknown): ThreadsOption {
  if (threads === undefined) return 1;
  if (threads === 'auto') return threads;
  if (typeof threads === 'number' && Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  throw new ParameterError({
    what: `${caller}.threads`,
    got: show(threads),
    wanted: `a whole number from 1 to ${MOST_THREADS}, or "auto"`,
  });
}

/** How many threads to start, or why none; @throws UnsupportedError where a number above 1 was asked for and cannot be had. */
export function countThreads(caller: string, kernel: string, threads: ThreadsOption): ThreadCount {
  if (threads === 1) return ONE_THREAD;
  const obstacle = kernel === 'wasm' ? missingSharing() : ONE_THREAD_KERNEL;
  if (obstacle === null) {
    const count = threads === 'auto' ? Math.min(hardwareThreads(), MOST_THREADS) : threads;
    return { count, reason: count === 1 ? 'the hardware runs one thread at a time' : null };
  }
  if (threads === 'auto') return { count: 1, reason: obstacle.got };
  throw new UnsupportedError({ what: `${caller}.threads`, ...obstacle, got: `${threads} threads and ${obstacle.got}` });
}

interface Obstacle {
  readonly got: string;
  readonly wanted: string;
  readonly hint: string;
}

const ONE_THREAD_KERNEL: Obstacle = {
  got: 'a kernel that runs on one thread',
  wanted: "the kernel 'wasm'",
  hint: 'Leave out `threads`, or `kernel`.',
};

function missingSharing(): Obstacle | null {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (crossOriginIsolated === false || typeof SharedArrayBuffer === 'undefined') {
    return {
      got: 'a place without shared memory (crossOriginIsolated is not true)',
      wanted:
        'a page served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
      hint: "threads: 'auto' takes one thread where that cannot be had.",
    };
  }
  return null;
}

function hardwareThreads(): number {
  const { navigator, process } = globalThis as {
    navigator?: { readonly hardwareConcurrency?: number };
    process?: { getBuiltinModule?(name: string): { availableParallelism?(): number } | undefined };
  };
  // Node first by its own word, which heeds the affinity of the process.
  return process?.getBuiltinModule?.('node:os')?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1;
}
