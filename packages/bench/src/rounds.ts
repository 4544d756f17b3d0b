// The measurement of one case: rounds in which everybody runs once, in turn, so that a change of the machine's mood meets all alike.
import { isWrong, wantedSample, worstError } from './accuracy.ts';
import type { CaseName } from './cases.ts';
import { makeCase, operations } from './cases.ts';
import type { Contender, Origin } from './contender.ts';
import type { Opponent } from './opponent.ts';
import { startOpponent } from './opponent.ts';
import type { ReadyReply, RunReply } from './worker.ts';

/** Whoever has used this much time on a case stops after MIN_ROUNDS. */
const PATIENCE_MS = 4000;
const MIN_ROUNDS = 3;
/** Runs that are not counted, one at least: the engine compiles on the way. */
const WARM_UP_MS = 100;

/** What became of a contender on a case. */
export type Measurement = Identity & (Timed | Wrong | Failed);

interface Identity {
  readonly case: CaseName;
  readonly tokens: number;
  readonly contender: string;
  readonly version: string;
  readonly origin: Origin;
}

export interface Timed {
  readonly outcome: 'timed';
  readonly prepareMs: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly rounds: number;
  /** The operations of the two matrix products, in the median time. */
  readonly gigaflops: number;
  /** The median of what the probe reached in the same process, between the runs, in GFLOP/s. */
  readonly limitGigaflops: number;
  /** The greatest |output - oracle| on the sampled rows, of all rounds. */
  readonly error: number;
  /** Resident memory of its process: with the inputs made, before it began; and at its greatest. */
  readonly memory: { readonly beforeMiB: number; readonly peakMiB: number };
}

/** How long it takes to compute something else is of no interest. */
interface Wrong {
  readonly outcome: 'wrong';
  readonly error: number;
}

interface Failed {
  readonly outcome: 'failed';
  readonly reason: string;
}

interface Entry {
  readonly opponent: Opponent;
  ready?: ReadyReply;
  readonly runs: RunReply[];
  failure?: Failed;
}

export async function measure(
  contenders: readonly Contender[],
  name: CaseName,
  tokens: number,
  rounds: number,
): Promise<Measurement[]> {
  const benchCase = makeCase(name, tokens);
  const wanted = wantedSample(benchCase);
  const able = contenders.filter(({ maxTokens }) => tokens <= maxTokens);
  const entries = able.map((contender): Entry => ({ opponent: startOpponent(contender), runs: [] }));
  try {
    for (const entry of entries) await unlessFailed(entry, () => makeReady(entry, name, tokens));
    for (let round = 0; round < rounds; round++) {
      for (const entry of entries) {
        const used = entry.runs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
        if (round >= MIN_ROUNDS && used > PATIENCE_MS) continue;
        await unlessFailed(entry, async () => void entry.runs.push(await entry.opponent.run()));
      }
    }
  } finally {
    await Promise.all(entries.map(({ opponent }) => opponent.close()));
  }
  return entries.map((entry) => {
    const { name: contender, version, origin } = entry.opponent.contender;
    return { case: name, tokens, contender, version, origin, ...outcome(entry, wanted, operations(benchCase)) };
  });
}

async function makeReady(entry: Entry, name: CaseName, tokens: number): Promise<void> {
  entry.ready = await entry.opponent.prepare(name, tokens);
  const start = performance.now();
  do await entry.opponent.run();
  while (performance.now() - start < WARM_UP_MS);
}

/** One that fails is out of this case; the others go on. */
async function unlessFailed(entry: Entry, act: () => Promise<void>): Promise<void> {
  if (entry.failure !== undefined) return;
  try {
    await act();
  } catch (error) {
    entry.failure = { outcome: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function outcome({ ready, runs, failure }: Entry, wanted: Float64Array, work: number): Timed | Wrong | Failed {
  if (failure !== undefined) return failure;
  if (ready === undefined) throw new Error('measured without having been prepared');
  // Math.max lets NaN win, as it should.
  const error = Math.max(...runs.map(({ sampled }) => worstError(Float32Array.from(sampled), wanted)));
  if (isWrong(error)) return { outcome: 'wrong', error };
  const times = runs.map(({ milliseconds }) => milliseconds);
  const medianMs = median(times);
  return {
    outcome: 'timed',
    prepareMs: ready.prepareMs,
    medianMs,
    minMs: Math.min(...times),
    maxMs: Math.max(...times),
    rounds: runs.length,
    gigaflops: work / medianMs / 1e6,
    limitGigaflops: median(runs.map(({ limit }) => limit)),
    error,
    memory: { beforeMiB: ready.beforeMiB, peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)) },
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
