// One contender's process for one case: prepares it and takes a turn for each message. A process of its own, so that nobody's heap,
// compiled code, threads or engine flags weigh on the others, and its peak of memory is that of this case.
import { sample } from './accuracy.ts';
import type { BenchCase, CaseName } from './cases.ts';
import { makeCase } from './cases.ts';
import type { Contender, Prepared } from './contender.ts';
import { contenders } from './contenders/index.ts';
import { median } from './figures.ts';
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
  /** The median of the turn's runs. */
  readonly milliseconds: number;
  readonly ranOn: string | undefined;
  readonly sampled: readonly number[];
  /** What the probe reached right after, in GFLOP/s. */
  readonly limit: number;
  readonly peakMiB: number;
  /** Processor time of this process so far, all its threads. */
  readonly cpuMs: number;
}

/** A turn runs at least once and for about this long: a clock and a scheduler do not see less than a millisecond well. */
const TURN_MS = 25;

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
  const times: number[] = [];
  let output: Float32Array;
  const turn = performance.now();
  do {
    const start = performance.now();
    output = await prepared.run();
    times.push(performance.now() - start);
  } while (performance.now() - turn < TURN_MS);
  const { peakMiB } = memory();
  const sampled = [...sample(benchCase, output, prepared.layout)];
  const limit = probe();
  const { user, system } = process.cpuUsage();
  return { milliseconds: median(times), ranOn: prepared.ranOn?.(), sampled, limit, peakMiB, cpuMs: (user + system) / 1e3 };
}

process.on('message', (request: Request) => {
  void answer(request)
    .catch((error: unknown): Reply => ({ error: String(error) }))
    .then((reply) => process.send?.(reply));
});
