// Decides whether a call is shared with workers. Waking one costs tens of microseconds, which short calls do not gain back.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Sizes } from '@relbias/bias-spec/backend';
import type { Pass } from '../pipeline.ts';
import type { WorkspacePool } from '../workspace.ts';
import type { Team } from './team.ts';

/** The most multiply-adds per millisecond: 128-bit SIMD at about 4 GHz. Estimates of the time are therefore low. */
const MULTIPLY_ADDS_PER_MS = 2 ** 25;

/** The work, in milliseconds of one thread, above which a call is shared: with workers that are asleep, and with workers that are awake. */
export interface BreakEven {
  readonly parked: number;
  readonly hot: number;
}

/**
 * Measured by scripts/measure-break-even.mjs with two threads of a Zen 4: with sleeping workers, sharing gains nothing at 0.14 and 10 to 25 % at
 * 0.25; with workers that are awake it gains 17 % at 0.14.
 */
export const BREAK_EVEN: BreakEven = { parked: 0.25, hot: 0.14 };

/** The workers, their memories, and the amount of work from which they take part. */
export interface Sharing {
  readonly team: Team;
  readonly pool: WorkspacePool;
  readonly breakEven: BreakEven;
}

/**
 * Whether the workers take part in `work` milliseconds of work. While they are busy: null for a patient call, which must wait for them, and
 * false for any other, which computes alone. @throws DeviceLostError after a worker was lost.
 */
export function shares({ team, breakEven }: Sharing, work: number, patient: boolean): boolean | null {
  team.requireWhole();
  if (work < (team.isHot() ? breakEven.hot : breakEven.parked)) return false;
  if (team.isFree()) return true;
  return patient ? null : false;
}

/** The estimated time of a call on one thread, in milliseconds. Keys that the bias makes negligible count as work. */
export function workOf(
  { batch, heads, queries, keys, headDim, valueDim, mask: { minDistance, maxDistance } }: Sizes & Pick<AttentionPlan, 'mask'>,
  { queryStart, keyLengths }: Pick<Pass, 'queryStart' | 'keyLengths'>,
): number {
  let pairs = batch * queries * keys;
  if (queryStart !== null) {
    pairs = 0;
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < queries; i++) {
        const position = queryStart[b] + i;
        const firstKey = Math.max(0, position - maxDistance);
        pairs += Math.max(0, Math.min(keyLengths[b], position - minDistance + 1) - firstKey);
      }
    }
  }
  return (pairs * heads * (headDim + valueDim)) / MULTIPLY_ADDS_PER_MS;
}
