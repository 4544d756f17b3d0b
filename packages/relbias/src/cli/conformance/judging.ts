// The process in which a backend is judged. The backend may be a user's module, which can end its process, block its thread or print
// anything. It does so here, and only the answers that reach the other process (judging-process.ts) count.
//
// The module shares this process with the suite: the report is guarded against accidents and pranks, not against malice.
import { RelbiasError } from '@relbias/bias-spec';
import { describeThrown, printableRanOn, runConformance, traceThrown } from '@relbias/conformance';
import { readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { INTERRUPTS } from '../process/interrupts.ts';
import { Refusal } from '../usage-error.ts';
import { choose } from './chosen-cases.ts';
import { openJudged } from './judged-backends.ts';
import type { Answer, Request } from './judging-messages.ts';
import { ANSWERS } from './judging-messages.ts';

// Kept before any module is loaded, because a module may replace them.
const { stringify } = JSON;
const { exit } = process;
const [read, write] = [readSync, writeSync];

/** A line of the standard input, read synchronously, so no module can read it first. */
function readLine(): string {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (read(0, one) === 1 && one[0] !== 10) bytes.push(one[0]);
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Sends an answer synchronously: it has left this process before anything else happens. */
function answer(given: Answer): void {
  // The line break in front ends an unfinished line that a module may have written.
  const bytes = new TextEncoder().encode(`\n${request.token} ${stringify(given)}\n`);
  for (let sent = 0; sent < bytes.length;) sent += write(ANSWERS, bytes, sent);
}

const request = JSON.parse(readLine()) as Request;
new Worker(new URL('../process/orphan.js', import.meta.url), { workerData: { parent: request.parent } }).unref();
// A terminal sends its signals to this process too; the process that asked handles them.
for (const name of INTERRUPTS) process.on(name, () => {});

let done = false;
for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(kind, (error: unknown) => {
    answer({ kind: 'ending', reason: `it threw outside any call: ${traceThrown(error)}` });
    exit(1);
  });
}
process.once('beforeExit', () => {
  if (done) return;
  answer({ kind: 'ending', reason: 'its promise never settles: nothing is left to wait for' });
  exit(1);
});

const { cases } = await choose(request.choice);
const backend = await openJudged(request.backend).catch((error: unknown) => {
  const usage = error instanceof Refusal || error instanceof RelbiasError;
  answer({ kind: 'refused', message: usage ? error.message : describeThrown(error), usage });
  return exit(1);
});
answer({ kind: 'opened', ranOn: printableRanOn(backend) });
readLine();
await runConformance(backend, {
  cases,
  command: request.command,
  // The other process has the timer. A timer here would keep this process alive, and `beforeExit` would never fire.
  caseSeconds: Infinity,
  onProgress: (result) => answer({ kind: 'result', result }),
});
answer({ kind: 'judged', ranOn: printableRanOn(backend) });
let thrown: string | null = null;
try {
  await backend.dispose();
} catch (error) {
  thrown = describeThrown(error);
}
done = true;
answer({ kind: 'disposed', thrown });
exit(0);
