// Whether sharing a call pays: waking a worker costs some tens of microseconds, which short calls do not win back.
import type { AttentionPlan } from '@relbias/bias-spec';

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

/** An estimate of a call's work on one thread, in milliseconds. What is negligible by its bias counts as work. */
export function workOf({ batch, heads, queries, keys, headDim, valueDim, mask, positions }: AttentionPlan): number {
  let pairs = batch * queries * keys;
  if (positions.queryStart !== null) {
    pairs = 0;
    for (let b = 0; b < batch; b++) {
      const length = mask.keyLengths[b];
      for (let i = 0; i < queries; i++) {
        const position = positions.queryStart[b] + i;
        const firstKey = Math.max(0, position - mask.maxDistance);
        pairs += Math.max(0, Math.min(length, position - mask.minDistance + 1) - firstKey);
      }
    }
  }
  return (pairs * heads * (headDim + valueDim)) / MULTIPLY_ADDS_PER_MS;
}
