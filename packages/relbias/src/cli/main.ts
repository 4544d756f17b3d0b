// The program `relbias`: finds the subcommand, runs it, and prints every refusal as one line.
// Exit status 0: done. 1: the conformance suite found failures, or something broke. 2: bad arguments or input. Interrupts: process/supervise.ts.
import { RelbiasError } from '@relbias/bias-spec';
import { printable } from '@relbias/bias-spec/backend';
import { describeThrown, traceThrown } from '@relbias/conformance';
import { didYouMean } from '../did-you-mean.ts';
import type { Command, Context } from './command.ts';
import { attend } from './commands/attend.ts';
import { bias } from './commands/bias.ts';
import { buckets } from './commands/buckets.ts';
import { conform } from './commands/conform.ts';
import { slopes } from './commands/slopes.ts';
import { tour } from './commands/tour.ts';
import { Refusal, UsageError } from './usage-error.ts';
import { version } from './version.ts';

const REPORTS = 'https://github.com/relbias/relbias/issues';

const COMMANDS: Readonly<Record<string, Command>> = { attend, bias, buckets, slopes, conform, tour };

/** Runs a command line and returns the exit status. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      context.stdout.write(`${overview()}\n`);
      return 0;
    }
    if (name === '--version' || name === '-V') {
      context.stdout.write(`${await version()}\n`);
      return 0;
    }
    if (!Object.hasOwn(COMMANDS, name)) {
      const names = Object.keys(COMMANDS);
      const wanted = `${names.join(', ')}, --help or --version`;
      throw new UsageError('relbias', JSON.stringify(name), wanted, didYouMean(name, names));
    }
    const command = COMMANDS[name];
    if (rest.includes('--help') || rest.includes('-h')) {
      context.stdout.write(`${await command.help(rest)}\n`);
      return 0;
    }
    return await command.run(rest, context);
  } catch (error) {
    return refuse(error, name, context);
  }
}

function refuse(error: unknown, name: string | undefined, { stderr, signal }: Context): number {
  // The supervising process prints that it was interrupted: it knows the signal.
  if (signal.aborted) return 1;
  const prefix = name !== undefined && Object.hasOwn(COMMANDS, name) ? `relbias ${name}: ` : '';
  if (error instanceof Refusal || error instanceof RelbiasError) {
    stderr.write(`${prefix}${printable(error.message, Infinity)}\n`);
    return 2;
  }
  stderr.write(`${prefix}${describeFault(error)}\n`);
  return 1;
}

/** An error that is not a refusal: its message, and what to do about it. */
export function describeFault(error: unknown): string {
  if (process.env['RELBIAS_DEBUG']) return traceThrown(error);
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  const message = error instanceof Error ? printable(error.message) : describeThrown(error);
  // Errors of the system have a code, and lack of memory is a RangeError. Anything else is a fault of the program.
  if (typeof code === 'string' || error instanceof RangeError) return message;
  return `${message}\nThis is probably a fault of relbias. Please report it with what RELBIAS_DEBUG=1 prints: ${REPORTS}`;
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2;
  const list = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return [
    'relbias: attention with relative position bias',
    '',
    ...list,
    '',
    'relbias COMMAND --help lists the options of a command; relbias --version prints the version.',
  ].join('\n');
}
