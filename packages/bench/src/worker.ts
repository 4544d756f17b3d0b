// One contender's process: prepares the case it is told and runs it once for each message. A process of its own, so that nobody's heap,
// compiled code, threads or engine flags weigh on the others.
import { sample } from './accuracy.ts';
import type { BenchCase, CaseName } from './cases.ts';
import { makeCase } from './cases.ts';
import type { Contender, Prepared } from './contender.ts';
import { contenders } from './contenders/index.ts';

export type Request = { readonly prepare: { readonly name: CaseName; readonly tokens: number } } | { readonly run: true };

export type Reply = { readonly milliseconds: number; readonly sampled?: readonly number[] } | { readonly error: string };

const contender = ofName(process.argv[2]);

let current: { readonly benchCase: BenchCase; readonly prepared: Prepared } | undefined;

function ofName(wanted: string): Contender {
  const found = contenders.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`no contender is called ${wanted}`);
  return found;
}

async function answer(request: Request): Promise<Reply> {
  if ('prepare' in request) {
    await current?.prepared.dispose();
    const benchCase = makeCase(request.prepare.name, request.prepare.tokens);
    const start = performance.now();
    const prepared = await contender.prepare(benchCase);
    current = { benchCase, prepared };
    return { milliseconds: performance.now() - start };
  }
  if (current === undefined) return { error: 'nothing is prepared' };
  const start = performance.now();
  const output = await current.prepared.run();
  const milliseconds = performance.now() - start;
  return { milliseconds, sampled: [...sample(current.benchCase, output)] };
}

process.on('message', (request: Request) => {
  void answer(request)
    .catch((error: unknown): Reply => ({ error: String(error) }))
    .then((reply) => process.send?.(reply));
});
