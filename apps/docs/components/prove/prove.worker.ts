// Judges one backend, or the spec by golden vectors, in a worker: the oracle computes for seconds, and the page must stay responsive.
import { allCases, bitsCases, demonstrateBits, runConformance, vectorCases } from '@relbias/conformance';
import { CANDIDATES } from './backends.ts';
import { isSelected } from './filter.ts';
import type { RunRequest, WorkerMessage } from './messages.ts';
import { VECTORS, attentionVectors, judgeSpec } from './vectors.ts';

const send = (message: WorkerMessage): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<RunRequest>) => {
  (data.backend === VECTORS ? judgeVectors(data) : judgeBackend(data)).catch((error: unknown) =>
    send({ kind: 'missing', reason: error instanceof Error ? error.message : String(error) }),
  );
});

async function judgeBackend({ backend: name, filter }: RunRequest): Promise<void> {
  const candidate = CANDIDATES.find((one) => one.name === name);
  if (candidate === undefined) throw new Error(`No backend is called ${name}.`);
  // The cases of the tests: their figures and hashes can be compared.
  const all = [...allCases(), ...bitsCases(), ...vectorCases(await attentionVectors())];
  const cases = all.filter((one) => isSelected(one.name, filter));
  if (cases.length === 0) throw new Error(`no case has a name that contains "${filter}".`);
  const backend = await candidate.open();
  try {
    const { reproducible } = await demonstrateBits(backend);
    const report = await runConformance(backend, {
      cases,
      expected: candidate.expected,
      command: `open prove/here.html?backends=${name}`,
      onProgress: (result, done, total) => send({ kind: 'progress', result, done, total }),
    });
    send({ kind: 'report', report, output: reproducible });
  } finally {
    await backend.dispose();
  }
}

async function judgeVectors({ filter }: RunRequest): Promise<void> {
  const start = performance.now();
  const results = await judgeSpec(filter, (result, done, total) => send({ kind: 'progress', result, done, total }));
  if (results.length === 0) send({ kind: 'missing', reason: `no golden vector has a name that contains "${filter}".` });
  else send({ kind: 'vectors', results, milliseconds: performance.now() - start });
}
