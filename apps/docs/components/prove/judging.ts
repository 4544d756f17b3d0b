// Runs the suite on one backend, or the golden vectors on the spec, in a worker. Terminating the worker cancels a run: a worker deep in a
// computation answers no message.
import type { CaseResult, VectorResult } from '@relbias/conformance';
import type { Outcome, RunRequest, WorkerMessage } from './messages.ts';

/**
 * @param onProgress - called with every result.
 * @throws the signal's reason.
 */
export function judge(
  request: RunRequest,
  onProgress: (result: CaseResult | VectorResult, done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./prove.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Outcome>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    worker.addEventListener('error', ({ message }) =>
      resolve({ kind: 'missing', reason: message || 'the worker did not start; reload the page and run it again.' }),
    );
    worker.addEventListener('messageerror', () =>
      resolve({ kind: 'missing', reason: 'the worker sent a result that cannot be read.' }),
    );
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
      if (data.kind === 'progress') onProgress(data.result, data.done, data.total);
      else resolve(data);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is no window
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}
