// Waiting for a backend, which may never answer: for a limited time, and until the caller aborts.
import type { AbortSignalLike } from '@relbias/bias-spec';

/** An AbortSignal, by the parts that the suite uses: these types need neither the DOM's nor Node's. */
export interface RunSignal extends AbortSignalLike {
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** How long to wait, and for whom. */
export interface Patience {
  /** Infinity sets no timer, so a process whose event loop is empty can end. */
  readonly seconds: number;
  readonly signal?: RunSignal | undefined;
}

/** A timer takes no more milliseconds: it would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * What `pending` resolves to, or `late` where it takes longer.
 *
 * @throws what `pending` rejects with; the signal's reason.
 */
export async function within<T, L>(pending: Promise<T>, { seconds, signal }: Patience, late: L): Promise<T | L> {
  let stop = (): void => {};
  const stopped = new Promise<L>((resolve, reject) => {
    const timer = seconds === Infinity ? undefined : setTimeout(() => resolve(late), Math.min(seconds * 1000, LONGEST_MS));
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  });
  try {
    signal?.throwIfAborted();
    return await Promise.race([pending, stopped]);
  } finally {
    stop();
  }
}
