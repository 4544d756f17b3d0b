// Runs the suite on one backend, or the golden vectors on the spec, in a worker of its own. Ending the worker is how a run is cancelled: it may be deep in a computation.
import type { CaseResult, VectorResult } from '@relbias/conformance';
import type { News, Order, Outcome } from './messages.ts';

/**
 * @param onProgress - told every result.
 * @throws the signal's reason.
 */
export function judge(
  order: Order,
  onProgress: (result: CaseResult | VectorResult, done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./prove.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Outcome>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    worker.addEventListener('error', ({ message }) =>
      resolve({ kind: 'missing', reason: message || 'The worker did not start.' }),
    );
    worker.addEventListener('message', ({ data }: MessageEvent<News>) => {
      if (data.kind === 'progress') onProgress(data.result, data.done, data.total);
      else resolve(data);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is no window
    worker.postMessage(order);
  }).finally(() => worker.terminate());
}
