// Runs the benchmark away from the page's thread: the page's own work would distort the times, and the page must stay responsive.
import type { Figure, Order } from './race.ts';
import { race } from './race.ts';

export type BenchmarkMessage =
  | { readonly kind: 'figure'; readonly figure: Figure }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

const send = (message: BenchmarkMessage): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  race(data, (figure) => send({ kind: 'figure', figure })).then(
    () => send({ kind: 'done' }),
    (error: unknown) => send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});
