// The process of one contender for one case: prepares it, and runs one turn per message. In a process of its own, a contender is unaffected by the
// heap, compiled code, threads and engine flags of others, and its peak memory is that of this case.
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
  /** After the inputs were created, before the contender began. */
  readonly beforeMiB: number;
}

export interface RunReply {
  /** The median of the turn's runs. */
  readonly milliseconds: number;
  readonly ranOn: string | undefined;
  readonly sampled: readonly number[];
  /** The rate of the probe right after the run, in GFLOP/s. */
  readonly limit: number;
  readonly peakMiB: number;
  /** The processor time of this process so far, of all threads. */
  readonly cpuMs: number;
}

/** A turn runs at least once and for about this long, because clocks and schedulers are inaccurate below a millisecond. */
const TURN_MS = 25;

const contender = ofName(process.argv[2]);

let current: { readonly benchCase: BenchCase; readonly prepared: Prepared; readonly probe: Probe } | undefined;

function ofName(wanted: string): Contender {
  const found = contenders.find(({ name }) => name === wanted);
  if (found === undefined)
    throw new Error(`got the contender ${wanted}, wanted one of ${contenders.map(({ name }) => name).join(', ')}`);
  return found;
}

async function answer(request: Request): Promise<Reply> {
  if ('prepare' in request) {
    const benchCase = makeCase(request.prepare.name, request.prepare.tokens);
    const beforeMiB = memory().nowMiB;
    const start = performance.now();
    const prepared = await contender.prepare(benchCase);
    const prepareMs = performance.now() - start;
    // After `prepare`, which may have set engine flags.
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
