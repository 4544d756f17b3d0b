// The measurement of one case: rounds in which everybody runs once, in turn, so that a change of the machine's mood meets all alike.
import { wantedSample, worstError } from './accuracy.ts';
import type { CaseName } from './cases.ts';
import { makeCase } from './cases.ts';
import type { Opponent } from './opponent.ts';

/** Whoever has used this much time on a case stops after MIN_ROUNDS. */
const PATIENCE_MS = 4000;
const MIN_ROUNDS = 3;

export interface Measurement {
  readonly case: CaseName;
  readonly tokens: number;
  readonly contender: string;
  readonly version: string;
  readonly prepareMs: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly rounds: number;
  /** The greatest |output - oracle| on the sampled rows, of all rounds. */
  readonly error: number;
}

export async function measure(
  opponents: readonly Opponent[],
  name: CaseName,
  tokens: number,
  rounds: number,
): Promise<Measurement[]> {
  const wanted = wantedSample(makeCase(name, tokens));
  const entries = opponents
    .filter(({ contender }) => tokens <= contender.maxTokens)
    .map((opponent) => ({ opponent, prepareMs: 0, times: [] as number[], error: 0 }));
  for (const entry of entries) {
    entry.prepareMs = await entry.opponent.prepare(name, tokens);
    // Not counted: the engine compiles on the way.
    await entry.opponent.run();
  }
  for (let round = 0; round < rounds; round++) {
    for (const entry of entries) {
      const used = entry.times.reduce((sum, one) => sum + one, 0);
      if (round >= MIN_ROUNDS && used > PATIENCE_MS) continue;
      const { milliseconds, sampled } = await entry.opponent.run();
      entry.times.push(milliseconds);
      entry.error = Math.max(entry.error, worstError(sampled, wanted));
    }
  }
  return entries.map(({ opponent: { contender }, prepareMs, times, error }) => {
    const sorted = times.toSorted((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return {
      case: name,
      tokens,
      contender: contender.name,
      version: contender.version,
      prepareMs,
      medianMs: sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2,
      minMs: sorted[0],
      maxMs: sorted[sorted.length - 1],
      rounds: sorted.length,
      error,
    };
  });
}
