// The parent's side of a contender's process.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CaseName } from './cases.ts';
import type { Contender } from './contender.ts';
import type { Reply, Request } from './worker.ts';

/** A contender in a process of its own. */
export interface Opponent {
  readonly contender: Contender;
  /** Milliseconds that preparing took. */
  prepare(name: CaseName, tokens: number): Promise<number>;
  /** Runs once. */
  run(): Promise<{ readonly milliseconds: number; readonly sampled: Float32Array }>;
  close(): void;
}

export function startOpponent(contender: Contender): Opponent {
  const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [contender.name]);
  return {
    contender,
    prepare: async (name, tokens) => (await ask(child, contender.name, { prepare: { name, tokens } })).milliseconds,
    async run() {
      const { milliseconds, sampled } = await ask(child, contender.name, { run: true });
      return { milliseconds, sampled: Float32Array.from(sampled ?? []) };
    },
    close: () => child.kill(),
  };
}

async function ask(child: ChildProcess, name: string, request: Request): Promise<Exclude<Reply, { readonly error: string }>> {
  child.send(request);
  const ended = new AbortController();
  const exit = once(child, 'exit', ended).then((): [Reply] => [{ error: 'its process ended' }]);
  const [reply]: [Reply] = await Promise.race([once(child, 'message', ended) as Promise<[Reply]>, exit]);
  ended.abort();
  // The one that lost the race rejects now, as it should.
  exit.catch(() => {});
  if ('error' in reply) throw new Error(`${name}: ${reply.error}`);
  return reply;
}
