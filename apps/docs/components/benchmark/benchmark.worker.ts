// Runs the benchmark away from the page's thread, whose own work would be in the figures, and which must go on answering.
import type { Figure, Order } from './race.ts';
import { race } from './race.ts';

export type News =
  | { readonly kind: 'figure'; readonly figure: Figure }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

const tell = (news: News): void => postMessage(news);

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  race(data, (figure) => tell({ kind: 'figure', figure })).then(
    () => tell({ kind: 'done' }),
    (error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});
