// Runs the program as a child process and handles signals for it. A signal is passed on to let the program end cleanly. If it does not end
// within the grace period, because a loop blocks its thread, it is killed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Interrupt } from './interrupts.ts';
import { INTERRUPTS } from './interrupts.ts';

/** Grace period. With the time for starting and ending, well below a second. */
const GRACE_MS = 500;

/**
 * Runs a Node program with the Node options, terminal and streams of this process.
 *
 * @returns its exit status; 128 plus the signal's number where a signal ended it.
 */
export async function supervise(program: URL, args: readonly string[]): Promise<number> {
  const { stderr } = process;
  // The channel carries no messages. It closes when this process ends, which ends the child too (see program.ts).
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(program), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  let interrupt: Interrupt | undefined;
  for (const name of INTERRUPTS) {
    // A terminal sends the signal to the child as well, and npm sends it twice. Only the first one counts.
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
  // Signal handlers do not keep the process alive, but the timer of the grace period would.
  process.nextTick(() => process.exit());
  if (ended instanceof Error) {
    stderr.write(`relbias: could not start its process (${ended.message})\n`);
    return 1;
  }
  if (interrupt !== undefined) {
    // Clears the line of a progress bar.
    stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}relbias: interrupted\n`);
    return 128 + constants.signals[interrupt];
  }
  if (ended.signal === null) return ended.code ?? 1;
  stderr.write(`relbias: ended by ${ended.signal}${ended.signal === 'SIGKILL' ? ', which happens when memory runs out' : ''}\n`);
  return 128 + constants.signals[ended.signal];
}
