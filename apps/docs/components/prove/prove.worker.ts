// Judges one backend, away from the page's own thread: the oracle computes for seconds, and the page must go on answering.
import { runConformance } from '@relbias/conformance';
import { CANDIDATES } from './backends.ts';
import type { News, Order } from './messages.ts';

const tell = (news: News): void => postMessage(news);

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  judge(data).catch((error: unknown) =>
    tell({ kind: 'missing', reason: error instanceof Error ? error.message : String(error) }),
  );
});

async function judge({ backend: name, filter }: Order): Promise<void> {
  const candidate = CANDIDATES.find((one) => one.name === name);
  if (candidate === undefined) throw new Error(`No backend is called ${name}.`);
  const backend = await candidate.open();
  try {
    const report = await runConformance(backend, {
      filter,
      expected: candidate.expected,
      command: `open prove/here.html?backends=${name}`,
      onProgress: (result, done, total) => tell({ kind: 'progress', result, done, total }),
    });
    tell({ kind: 'report', report });
  } finally {
    await backend.dispose();
  }
}
