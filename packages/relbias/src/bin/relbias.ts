#!/usr/bin/env node
// The executable. Everything it does is in ../cli/main.ts.
import { main } from '../cli/main.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
// `relbias bias | head`: the reader left, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

let finished = false;
// A backend of the user's own may return a promise that nothing will settle; Node would leave without a word.
process.once('beforeExit', () => {
  if (finished) return;
  process.stderr.write('relbias: got a promise that never settles, wanted a result; nothing is left to wait for\n');
  process.exitCode = 1;
});
async function run(): Promise<void> {
  const { stdout, stderr } = process;
  process.exitCode = await main(process.argv.slice(2), { stdout, stderr, signal: interrupted.signal });
  finished = true;
  // What a backend that hangs keeps open ends with the program, once all is written.
  stdout.write('', () => setTimeout(() => process.exit(), 1000).unref());
}
void run();
