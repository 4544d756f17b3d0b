// One contender's process for one case: prepares it and runs it once for each message. A process of its own, so that nobody's heap,
// compiled code, threads or engine flags weigh on the others, and its peak of memory is that of this case.
import { sample } from './accuracy.ts';
import type { BenchCase, CaseName } from './cases.ts';
import { makeCase } from './cases.ts';
import type { Contender, Prepared } from './contender.ts';
import { contenders } from './contenders/index.ts';
import { memory } from './machine.ts';
import type { Probe } from './probe.ts';
import { createProbe } from './probe.ts';

export type Request = { readonly prepare: { readonly name: CaseName; readonly tokens: number } } | { readonly run: true };

export type Reply = ReadyReply | RunReply | { readonly error: string };

export interface ReadyReply {
  readonly prepareMs: number;
  /** With the inputs made, before the contender began. */
  readonly beforeMiB: number;
}

export interface RunReply {
  readonly milliseconds: number;
  readonly sampled: readonly number[];
  /** What the probe reached right after, in GFLOP/s. */
  readonly limit: number;
  readonly peakMiB: number;
}

const contender = ofName(process.argv[2]);

let current: { readonly benchCase: BenchCase; readonly prepared: Prepared; readonly probe: Probe } | undefined;

function ofName(wanted: string): Contender {
  const found = contenders.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`no contender is called ${wanted}`);
  return found;
}

async function answer(request: Request): Promise<Reply> {
  if ('prepare' in request) {
    const benchCase = makeCase(request.prepare.name, request.prepare.tokens);
    const beforeMiB = memory().nowMiB;
    const start = performance.now();
    const prepared = await contender.prepare(benchCase);
    const prepareMs = performance.now() - start;
    // After `prepare`, which may have set flags of the engine.
    current = { benchCase, prepared, probe: await createProbe() };
    return { prepareMs, beforeMiB };
  }
  if (current === undefined) return { error: 'nothing is prepared' };
  const { benchCase, prepared, probe } = current;
  const start = performance.now();
  const output = await prepared.run();
  const milliseconds = performance.now() - start;
  const { peakMiB } = memory();
  return { milliseconds, sampled: [...sample(benchCase, output, prepared.layout)], limit: probe(), peakMiB };
}

process.on('message', (request: Request) => {
  void answer(request)
    .catch((error: unknown): Reply => ({ error: String(error) }))
    .then((reply) => process.send?.(reply));
});
