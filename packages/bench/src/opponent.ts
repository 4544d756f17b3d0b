// The parent's side of a contender's process.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CaseName } from './cases.ts';
import type { Contender } from './contender.ts';
import type { ReadyReply, Reply, Request, RunReply } from './worker.ts';

/** A contender in a process of its own. Its errors are thrown here. */
export interface Opponent {
  readonly contender: Contender;
  /** Called once. */
  prepare(name: CaseName, tokens: number): Promise<ReadyReply>;
  /** Runs once. */
  run(): Promise<RunReply>;
  /** Ends the process, which frees its memory. */
  close(): Promise<void>;
}

export function startOpponent(contender: Contender): Opponent {
  const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [contender.name]);
  const ended = once(child, 'exit');
  return {
    contender,
    prepare: (name, tokens) => ask<ReadyReply>(child, { prepare: { name, tokens } }),
    run: () => ask<RunReply>(child, { run: true }),
    async close() {
      child.kill();
      await ended;
    },
  };
}

async function ask<R extends Exclude<Reply, { readonly error: string }>>(child: ChildProcess, request: Request): Promise<R> {
  if (!child.connected) throw new Error('its process has ended');
  child.send(request);
  const settled = new AbortController();
  const exit = once(child, 'exit', settled).then(([status, signal]): [Reply] => [
    { error: `its process ended with ${signal ?? `status ${status}`}` },
  ]);
  const [reply]: [Reply] = await Promise.race([once(child, 'message', settled) as Promise<[Reply]>, exit]);
  settled.abort();
  // The promise that lost the race rejects now, which is expected.
  exit.catch(() => {});
  if ('error' in reply) throw new Error(reply.error);
  return reply as R;
}
