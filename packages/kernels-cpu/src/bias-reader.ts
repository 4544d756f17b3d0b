// Reads the lowered bias one pair at a time, for the kernels in plain TypeScript.
import type { AttentionPlan, LoweredBias } from '@relbias/bias-spec';
import { rowScaledValue, scaleLowered } from '@relbias/bias-spec';

/**
 * biasScale * bias of head h between query row `row` = b * queries + i and a key at this distance. -Infinity hides the pair whatever its
 * score: one that overflowed would make it NaN.
 */
export type BiasReader = (h: number, row: number, distance: number) => number;

export function biasReader(plan: AttentionPlan): BiasReader {
  const lowered: LoweredBias = scaleLowered(plan.lowered, plan.biasScale);
  switch (lowered.form) {
    case 'none':
      return () => 0;
    case 'toeplitz': {
      const { values, minDistance, maxDistance } = lowered;
      const span = maxDistance - minDistance + 1;
      return (h, _row, distance) => values[h * span + distance - minDistance];
    }
    case 'row-scaled':
      return (h, row, distance) => rowScaledValue(lowered, h, row, distance);
    default:
      return lowered satisfies never;
  }
}
