// The program, in the process that relbias.ts starts and ends. Everything it does is in ../cli/main.ts.
import { describeFault, main } from '../cli/main.ts';
import { INTERRUPTS } from '../cli/process/interrupts.ts';
import { watchStreams } from '../cli/process/streams.ts';

/** How long a command has to let go of what it holds. */
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
// The executable is gone, so nobody is left to hold the signals. Listening must not keep this process alive.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
  process.once(kind, (error: unknown) => {
    stderr.write(`relbias: ${describeFault(error)}\n`, () => process.exit(1));
  });
}

let finished = false;
// A device may leave a promise that nothing will settle; Node would leave without a word.
process.once('beforeExit', () => {
  if (finished) return;
  stderr.write('relbias: got a promise that never settles, wanted a result; nothing is left to wait for\n');
  process.exitCode = 1;
});

process.exitCode = await main(process.argv.slice(2), { stdout, stderr, signal: interrupted.signal });
finished = true;
// What a device keeps open ends with the program, once all is written.
stdout.write('', () => setTimeout(() => process.exit(), interrupted.signal.aborted ? 0 : 1000).unref());
