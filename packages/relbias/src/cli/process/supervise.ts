// Runs the program as a child and answers the signals for it. A signal is passed on, so that the program can end in good order; if it
// does not within a moment, because a loop holds its thread, it is killed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Interrupt } from './interrupts.ts';
import { INTERRUPTS } from './interrupts.ts';

/** Together with what starting and ending take, well below a second. */
const GRACE_MS = 500;

/**
 * Runs a program of Node with this process's arguments for Node, terminal and streams.
 *
 * @returns its exit status; 128 and the signal's number where a signal ended it.
 */
export async function supervise(program: URL, args: readonly string[]): Promise<number> {
  const { stderr } = process;
  // The channel carries nothing. It closes when this process is gone, and that ends the other (see program.ts).
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(program), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  let interrupt: Interrupt | undefined;
  for (const name of INTERRUPTS) {
    // A terminal sends the signal to the child as well, npm sends it twice: the first one counts, and all end within the grace.
    process.on(name, () => {
      if (interrupt !== undefined) return;
      interrupt = name;
      child.kill(name);
      setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    });
  }
  const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null } | Error>((resolve) => {
    child.on('error', resolve);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  // Handlers keep no process alive, but a timer of the grace would.
  process.nextTick(() => process.exit());
  if (ended instanceof Error) {
    stderr.write(`relbias: got no process to work in (${ended.message}), wanted one\n`);
    return 1;
  }
  if (interrupt !== undefined) {
    // A bar may be left on the line.
    stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}relbias: interrupted\n`);
    return 128 + constants.signals[interrupt];
  }
  if (ended.signal === null) return ended.code ?? 1;
  stderr.write(`relbias: ended by ${ended.signal}${ended.signal === 'SIGKILL' ? ', as happens where memory runs out' : ''}\n`);
  return 128 + constants.signals[ended.signal];
}
