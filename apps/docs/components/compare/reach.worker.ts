// Computes the rows of the comparison away from the page's thread: some families take seconds. The page ends the worker to cancel.
import type { ReachOrder, ReachRow } from './reach-rows.ts';
import { reachRows } from './reach-rows.ts';

export type ReachMessage =
  | { readonly kind: 'row'; readonly row: ReachRow }
  | { readonly kind: 'failed'; readonly reason: string };

const send = (message: ReachMessage): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<readonly ReachOrder[]>) => {
  try {
    for (const order of data) for (const row of reachRows(order)) send({ kind: 'row', row });
  } catch (error) {
    send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
});
