// The program `relbias`: finds the subcommand, runs it, and turns every refusal into one line and an exit status.
// 0: done. 1: the conformance suite found failures, or something broke. 2: bad arguments or input. 130: interrupted.
import { RelbiasError } from '@relbias/bias-spec';
import type { Command, Context } from './command.ts';
import { attend } from './commands/attend.ts';
import { bias } from './commands/bias.ts';
import { buckets } from './commands/buckets.ts';
import { conform } from './commands/conform.ts';
import { slopes } from './commands/slopes.ts';
import { tour } from './commands/tour.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

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
      throw new UsageError('relbias', JSON.stringify(name), `${Object.keys(COMMANDS).join(', ')}, --help or --version`);
    }
    const command = COMMANDS[name];
    if (rest.includes('--help') || rest.includes('-h')) {
      context.stdout.write(`${command.help()}\n`);
      return 0;
    }
    return await command.run(rest, context);
  } catch (error) {
    return refuse(error, name, context);
  }
}

function refuse(error: unknown, name: string | undefined, { stderr, signal }: Context): number {
  if (signal.aborted) {
    stderr.write('relbias: interrupted, nothing written\n');
    return 130;
  }
  const prefix = name !== undefined && Object.hasOwn(COMMANDS, name) ? `relbias ${name}: ` : '';
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(`${prefix}${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  if (error instanceof UsageError || error instanceof RelbiasError) return 2;
  // Not a refusal of ours: whoever looks for the cause can ask for the stack.
  if (process.env['RELBIAS_DEBUG'] && error instanceof Error) stderr.write(`${error.stack}\n`);
  return 1;
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2;
  const list = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return [
    'relbias: attention with relative position bias',
    '',
    ...list,
    '',
    'relbias COMMAND --help says more; relbias --version prints the version.',
  ].join('\n');
}
