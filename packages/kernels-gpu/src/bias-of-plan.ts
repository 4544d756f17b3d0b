// The bias of a plan as the kernels of this package read it: biasScale in it where the profile multiplies it in beforehand, and a table
// by distance instead of rows that all have the same scale.
import type { AttentionPlan } from '@relbias/bias-spec';
import { scaleLowered, tabulated } from '@relbias/bias-spec';

/** The reproducible profile applies biasScale to each bias on its own, see rule 3 of docs/numerics.md. */
export function withReadableBias(plan: AttentionPlan): AttentionPlan {
  const { lowered, biasScale, numerics } = plan;
  if (numerics === 'reproducible') return { ...plan, lowered: tabulated(lowered) };
  return { ...plan, lowered: tabulated(scaleLowered(lowered, biasScale)), biasScale: 1 };
}
