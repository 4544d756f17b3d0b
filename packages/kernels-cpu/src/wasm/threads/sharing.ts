// Whether a call is shared with workers: waking one costs some tens of microseconds, which short calls do not win back.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Sizes } from '@relbias/bias-spec/backend';
import type { Pass } from '../pipeline.ts';
import type { WorkspacePool } from '../workspace.ts';
import type { Team } from './team.ts';

/** Multiply-adds in a millisecond at best: 128-bit SIMD at some 4 GHz. Estimates of work are therefore low. */
const MULTIPLY_ADDS_PER_MS = 2 ** 25;

/** Work in milliseconds of one thread from which a call is shared with workers that must be woken, and with workers that are awake. */
export interface BreakEven {
  readonly parked: number;
  readonly hot: number;
}

/**
 * By scripts/measure-break-even.mjs, two threads of a Zen 4: with sleeping workers, sharing wins nothing at 0.14 and a tenth to a quarter at
 * 0.25; with workers that are awake it wins a sixth at 0.14.
 */
export const BREAK_EVEN: BreakEven = { parked: 0.25, hot: 0.14 };

/** Workers, the memories in which they can work, and from how much work on they are called. */
export interface Sharing {
  readonly team: Team;
  readonly pool: WorkspacePool;
  readonly breakEven: BreakEven;
}

/**
 * Whether the workers take part in so much work: null as long as a patient call must wait for them. One that is not patient works alone while
 * they are busy. @throws DeviceLostError once a worker was lost.
 */
export function shares({ team, breakEven }: Sharing, work: number, patient: boolean): boolean | null {
  team.requireWhole();
  if (work < (team.isHot() ? breakEven.hot : breakEven.parked)) return false;
  if (team.isFree()) return true;
  return patient ? null : false;
}

/** An estimate of a call's work on one thread, in milliseconds. What is negligible by its bias counts as work. */
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
