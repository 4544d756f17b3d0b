// Standard streams that cannot be written, and errors other than refusals: a line, a hint if there is one, and an exit status.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { describeFault } from '../src/cli/main.ts';
import { program } from './program.ts';

type Stream = 'pipe' | number;

/** Runs a command with another standard output or error. */
function run(args: readonly string[], stdout: Stream, stderr: Stream, leave = false) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', stdout, stderr] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  if (leave) child.stdout?.destroy();
  return new Promise<{ status: number | null; said: string }>((resolve) => {
    child.on('close', (status) => resolve({ status, said }));
  });
}

const COMMANDS = [
  ['--help'],
  ['slopes', '--heads', '4'],
  ['bias', '--bias', 'alibi', '--heads', '4', '--queries', '400', '--numbers'],
  ['slopes', '--heads', '60000', '--csv'],
  ['conform', '--backend', 'cpu:online', '--case', 'attention/alibi'],
];

test.runIf(process.platform === 'linux').each(COMMANDS)('a full disk ends %s %s with one line', async (...args) => {
  const full = openSync('/dev/full', 'w');
  const { status, said } = await run(args, full, 'pipe');
  expect(status).toBe(1);
  expect(said).toMatch(/^relbias[^\n]*ENOSPC[^\n]*\n$/);
  expect(await run(args, full, full)).toEqual({ status: 1, said: '' });
});

test.each(COMMANDS)('a reader that stops is not an error for %s %s', async (...args) => {
  expect(await run(args, 'pipe', 'pipe', true)).toEqual({ status: 0, said: '' });
});

test('a reader that stops does not turn a failure into a success', async () => {
  const args = ['conform', '--backend', 'cpu:naive', '--case', 'bits/alibi'];
  expect(await run(args, 'pipe', 'pipe', true)).toEqual({ status: 1, said: '' });
});

afterEach(() => void delete process.env['RELBIAS_DEBUG']);

test('an error of the system or of memory is one line; a bug in relbias asks for a report', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(describeFault(full)).toBe('ENOSPC: no space left on device, write');
  expect(describeFault(new RangeError('Array buffer allocation failed'))).toBe('Array buffer allocation failed');
  for (const error of [new TypeError('x is\nnot a function'), null, Symbol('x')]) {
    expect(describeFault(error)).toMatch(/^[^\n]+\nThis is probably a fault of relbias. Please report it with .*RELBIAS_DEBUG=1/);
  }
  process.env['RELBIAS_DEBUG'] = '1';
  expect(describeFault(new TypeError('x'))).toMatch(/^TypeError: x at .*streams\.test/);
});
