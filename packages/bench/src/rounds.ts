// A race: contenders run one case in turn, round by round, so background load affects all of them equally.
import { isWrong, wantedSample, worstError } from './accuracy.ts';
import type { CaseName } from './cases.ts';
import { makeCase, operations } from './cases.ts';
import type { Contender } from './contender.ts';
import { brief, median } from './figures.ts';
import { commit, watchLoad } from './machine.ts';
import type { Opponent } from './opponent.ts';
import { startOpponent } from './opponent.ts';
import type { Failed, Measurement, Race, Timed, Wrong } from './race.ts';
import type { ReadyReply, RunReply } from './worker.ts';

/** A contender that has used this much time on a case stops after MIN_ROUNDS. */
const MAX_CASE_MS = 4000;
const MIN_ROUNDS = 3;
/** How long a contender runs without being timed, at least once, while the engine compiles. */
const WARM_UP_MS = 100;

interface Entry {
  readonly opponent: Opponent;
  ready?: ReadyReply;
  readonly runs: RunReply[];
  failure?: Failed;
}

/** @param contenders - those that support this case and length take part. */
export async function race(contenders: readonly Contender[], name: CaseName, tokens: number, rounds: number): Promise<Race> {
  const benchCase = makeCase(name, tokens);
  const wanted = wantedSample(benchCase);
  const date = new Date().toISOString();
  const loadUntilNow = watchLoad();
  const able = contenders.filter(({ maxTokens, takes }) => tokens <= maxTokens && (takes?.(benchCase) ?? true));
  const entries = able.map((contender): Entry => ({ opponent: startOpponent(contender), runs: [] }));
  try {
    for (const entry of entries) await unlessFailed(entry, () => makeReady(entry, name, tokens));
    for (let round = 0; round < rounds; round++) {
      for (const entry of entries) {
        const used = entry.runs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
        if (round >= MIN_ROUNDS && used > MAX_CASE_MS) continue;
        await unlessFailed(entry, async () => void entry.runs.push(await entry.opponent.run()));
      }
    }
  } finally {
    await Promise.all(entries.map(({ opponent }) => opponent.close()));
  }
  const load = loadUntilNow(entries.reduce((sum, { runs }) => sum + (runs.at(-1)?.cpuMs ?? 0), 0));
  const measurements = entries.map((entry): Measurement => {
    const { name: contender, version, origin } = entry.opponent.contender;
    return { contender, version, origin, ...outcome(entry, wanted, operations(benchCase)) };
  });
  return { case: name, tokens, date, commit: commit(), load, measurements };
}

async function makeReady(entry: Entry, name: CaseName, tokens: number): Promise<void> {
  entry.ready = await entry.opponent.prepare(name, tokens);
  const start = performance.now();
  do await entry.opponent.run();
  while (performance.now() - start < WARM_UP_MS);
}

/** A contender that fails leaves the race; the others continue. */
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
  // Math.max returns NaN if any error is NaN.
  const error = Math.max(...runs.map(({ sampled }) => worstError(Float32Array.from(sampled), wanted)));
  if (isWrong(error)) return { outcome: 'wrong', error: Number.isNaN(error) ? null : brief(error) };
  const times = runs.map(({ milliseconds }) => milliseconds);
  const ranOn = runs.at(-1)?.ranOn;
  return {
    outcome: 'timed',
    ...(ranOn === undefined ? {} : { ranOn }),
    prepareMs: brief(ready.prepareMs),
    times: times.map(brief),
    gigaflops: brief(work / median(times) / 1e6),
    limitGigaflops: brief(median(runs.map(({ limit }) => limit))),
    error: brief(error),
    memory: { beforeMiB: brief(ready.beforeMiB), peakMiB: brief(Math.max(...runs.map(({ peakMiB }) => peakMiB))) },
  };
}
