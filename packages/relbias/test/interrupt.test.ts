// Ctrl-C and other signals, with real processes: every command ends, even while a loop in a user's module blocks the thread, with the
// exit status that shells expect, and leaves no process and no file behind.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toStored } from '../src/files/element-types.ts';
import { writeTensors } from '../src/files/write.ts';
import { program } from './program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-interrupt-'));
  const here = "import { writeFileSync } from 'node:fs';\nconst here = () => writeFileSync('here', String(process.pid));\n";
  const ranOn = "ranOn: { backend: 'b', kernel: 'k', device: 'd', arithmetic: 'float32' }";
  const modules = {
    // It also ignores signals and never exits by itself.
    'loads-forever.js': `${here}for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});\nhere();\nfor (;;);\n`,
    'loops.js': `${here}export default { ${ranOn}, prepare() { here(); for (;;); }, dispose: async () => {} };\n`,
    'waits.js': `${here}export default { ${ranOn}, prepare() { here(); setInterval(() => {}, 1000); return new Promise(() => {}); }, dispose() { for (;;); } };\n`,
  };
  for (const [name, source] of Object.entries(modules)) await writeFile(path.join(folder, name), source);
  const long = { data: new Float32Array(8 * 4096 * 64).fill(0.1), shape: [1, 8, 4096, 64], dtype: 'float32' } as const;
  await writeTensors('test', path.join(folder, 'long.npy'), { it: toStored(long) });
});
afterAll(() => rm(folder, { recursive: true }));

const QKV = ['--query', 'long.npy', '--key', 'long.npy', '--value', 'long.npy'];

const ONE = ['--case', 'attention/alibi'];

/** Each would run for at least a minute. */
const LONG: Readonly<Record<string, readonly string[]>> = {
  attend: ['attend', ...QKV, '--out', 'never.npy', '--backend', 'cpu:naive'],
  'a bias that is lowered for minutes': ['attend', ...QKV, '--out', 'never.npy', '--bias', 'sandwich', '--dimension', '262144'],
  conform: ['conform', '--json', 'never.json'],
  tour: ['tour'],
  'a module that loads forever': ['conform', '--backend', './loads-forever.js', ...ONE],
  'a module that loops': ['conform', '--backend', './loops.js', '--json', 'never.json', ...ONE],
  'a module that waits': ['conform', '--backend', './waits.js', ...ONE],
};

/** Starts a command, sends a signal while it works, and returns how it ended. */
async function interrupted(args: readonly string[], signals: (pid: number) => void | Promise<void>) {
  await rm(path.join(folder, 'here'), { force: true });
  // A process group of its own, like the one that a shell makes for a command.
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.resume();
  const closed = new Promise<number | string | null>((resolve) =>
    child.on('close', (status, signal) => resolve(signal ?? status)),
  );
  if (args.some((one) => one.startsWith('./'))) await judgedPid();
  else await setTimeout(1500);
  await signals(child.pid as number);
  return { status: await closed, stderr };
}

/** The process that runs the module, once the module is running. */
async function judgedPid(): Promise<number> {
  for (;;) {
    const pid = Number(await readFile(path.join(folder, 'here'), 'utf8').catch(() => ''));
    if (pid > 0) return pid;
    await setTimeout(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function expectNothingLeft(): Promise<void> {
  const files = await readdir(folder);
  expect(files.filter((name) => name.startsWith('never') || name.includes('partial'))).toEqual([]);
  if (!files.includes('here')) return;
  const pid = await judgedPid();
  while (isAlive(pid)) await setTimeout(20);
}

test.each(Object.entries(LONG))(
  '%s ends on a signal to its whole group, as a terminal sends it, twice',
  async (_, args) => {
    const ended = await interrupted(args, async (pid) => {
      process.kill(-pid, 'SIGINT');
      await setTimeout(50);
      try {
        process.kill(-pid, 'SIGINT');
      } catch {
        // All processes have ended already.
      }
    });
    expect(ended).toEqual({ status: 130, stderr: 'relbias: interrupted\n' });
    await expectNothingLeft();
  },
  30_000,
);

describe.each(['attend', 'a bias that is lowered for minutes', 'a module that loops'])('%s', (name) => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'ends on %s with %i',
    async (signal, status) => {
      const ended = await interrupted(LONG[name], (pid) => void process.kill(pid, signal));
      expect(ended).toEqual({ status, stderr: 'relbias: interrupted\n' });
      await expectNothingLeft();
    },
    30_000,
  );
});

test('a module that loops ends with the program when that is killed', async () => {
  const { status } = await interrupted(LONG['a module that loops'], (pid) => void process.kill(pid, 'SIGKILL'));
  expect(status).toBe('SIGKILL');
  await expectNothingLeft();
}, 30_000);
