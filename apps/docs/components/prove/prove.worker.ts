// Judges one backend, or the spec by golden vectors, away from the page's own thread: the oracle computes for seconds, and the page must go on answering.
import { allCases, bitsCases, runConformance } from '@relbias/conformance';
import { CANDIDATES } from './backends.ts';
import type { News, Order } from './messages.ts';
import { VECTORS, judgeSpec } from './vectors.ts';

const tell = (news: News): void => postMessage(news);

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  (data.backend === VECTORS ? judgeVectors(data) : judge(data)).catch((error: unknown) =>
    tell({ kind: 'missing', reason: error instanceof Error ? error.message : String(error) }),
  );
});

async function judge({ backend: name, filter }: Order): Promise<void> {
  const candidate = CANDIDATES.find((one) => one.name === name);
  if (candidate === undefined) throw new Error(`No backend is called ${name}.`);
  const backend = await candidate.open();
  try {
    const report = await runConformance(backend, {
      cases: [...allCases(), ...bitsCases()],
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

async function judgeVectors({ filter }: Order): Promise<void> {
  const start = performance.now();
  const results = await judgeSpec(filter, (result, done, total) => tell({ kind: 'progress', result, done, total }));
  if (results.length === 0) tell({ kind: 'missing', reason: `no golden vector has a name that contains ${filter}.` });
  else tell({ kind: 'vectors', results, milliseconds: performance.now() - start });
}
