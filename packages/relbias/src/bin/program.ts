// The program, in the process that relbias.ts starts and ends. Its work is in ../cli/main.ts.
import { describeFault, main } from '../cli/main.ts';
import { INTERRUPTS } from '../cli/process/interrupts.ts';
import { watchStreams } from '../cli/process/streams.ts';

/** How long an interrupted command has to release its resources. */
const ABORT_MS = 300;

const { stdout, stderr } = process;
watchStreams(stdout, stderr);

const interrupted = new AbortController();
for (const name of INTERRUPTS) {
  process.on(name, () => {
    if (interrupted.signal.aborted) return;
    interrupted.abort();
    setTimeout(() => process.exit(1), ABORT_MS);
  });
}
// The supervising process, which handles signals, has ended. Listening must not keep this process alive.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
  process.once(kind, (error: unknown) => {
    stderr.write(`relbias: ${describeFault(error)}\n`, () => process.exit(1));
  });
}

let finished = false;
// A device may leave a promise that never settles, on which Node would exit silently.
process.once('beforeExit', () => {
  if (finished) return;
  stderr.write('relbias: a promise never settles, and nothing is left to wait for\n');
  process.exitCode = 1;
});

process.exitCode = await main(process.argv.slice(2), { stdout, stderr, signal: interrupted.signal });
finished = true;
// Ends the program even where a device keeps handles open, once all output is written.
stdout.write('', () => setTimeout(() => process.exit(), interrupted.signal.aborted ? 0 : 1000).unref());
