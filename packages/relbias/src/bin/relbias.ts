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

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
});
