// One family's row of the comparison: how many keys attention effectively reaches at each context length, over several seeds where
// something is random.
import { definitionOf, dependsOnQuery, initialBias } from '../family/family-bias.ts';
import type { Spread } from '../plot/format.ts';
import { spreadOf } from '../plot/format.ts';
import type { RowReach } from './effective.ts';
import { drawScores, lastRow, reach } from './effective.ts';

export const LENGTHS: readonly number[] = [128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
const LONGEST = Math.max(...LENGTHS);

/** Odd, so the median is one of them. */
export const REACH_SEEDS = 9;

export interface ReachOrder {
  readonly family: string;
  readonly heads: number;
  readonly head: number;
  readonly biasScale: number;
  /** Standard deviation of the scores; 0: all scores are equal. */
  readonly deviation: number;
  /** The first seed, of the scores and of what a learned family begins with. */
  readonly seed: number;
}

export interface ReachRow {
  readonly family: string;
  /** Seeds that the numbers are from so far, and how many there will be. 1 of 1 where nothing is random. */
  readonly done: number;
  readonly seeds: number;
  /** One for each of `LENGTHS`. */
  readonly effectiveKeys: readonly Spread[];
  /** At the largest length. */
  readonly meanDistance: Spread;
}

/** How many seeds a row takes: one where neither the parameters nor the scores are drawn. */
export function seedsOf({ family, deviation }: Pick<ReachOrder, 'family' | 'deviation'>): number {
  return definitionOf(family).kind === 'learned' || deviation > 0 ? REACH_SEEDS : 1;
}

/** The row after each seed; the last one is complete. */
export function* reachRows(order: ReachOrder): Generator<ReachRow> {
  const { family, heads, head, biasScale, deviation, seed } = order;
  const seeds = seedsOf(order);
  const found: RowReach[][] = [];
  for (let more = 0; more < seeds; more++) {
    const bias = initialBias(family, heads, seed + more);
    // Only a bias that reads the query's position needs a row for each length.
    const longest = dependsOnQuery(bias) ? undefined : lastRow(bias, head, LONGEST);
    const scores = deviation > 0 ? drawScores(LONGEST, seed + more) : [];
    found.push(LENGTHS.map((tokens) => reach(longest ?? lastRow(bias, head, tokens), tokens, biasScale, deviation, scores)));
    const spread = (at: number, of: (one: RowReach) => number): Spread => spreadOf(found.map((row) => of(row[at])));
    yield {
      family,
      done: more + 1,
      seeds,
      effectiveKeys: LENGTHS.map((_, at) => spread(at, (one) => one.effectiveKeys)),
      meanDistance: spread(LENGTHS.length - 1, (one) => one.meanDistance),
    };
  }
}
