// The bias of a cache: made once for every position that its capacity allows. What a call of a certain length sees of it is a window.
import type { AttentionPlan } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { isPerDistance } from '@relbias/bias-spec/backend';
import { withRoom } from '../room.ts';
import type { BiasTables, PerHead } from './bias-tables.ts';
import { biasTables, ofHead } from './bias-tables.ts';
import { negligibleGap } from './skipping.ts';

/** Contiguous positions always have a table. */
export interface CacheTables extends BiasTables {
  readonly table: PerHead;
  /** Per table: whether the bias may ever fall far enough for a key to be negligible by it. */
  readonly mayPay: readonly boolean[];
}

/** `plan` states everything but the tokens. */
export function cacheTables(plan: AttentionPlan, capacity: number): CacheTables {
  const { heads, bias, scale, biasScale, mask, numerics } = plan;
  const whole = planAttention({
    heads,
    headDim: 1,
    queries: capacity,
    keys: capacity,
    queryStart: 0,
    bias,
    scale,
    biasScale,
    numerics,
    mask: { window: { left: mask.maxDistance, right: -mask.minDistance } },
  });
  const hint = 'Open caches of fewer heads, or of a smaller capacity.';
  const tables = withRoom(`the tables of a bias of ${heads} heads over ${capacity} tokens`, hint, () => biasTables(whole));
  const { table, lead, count } = tables;
  if (table === null) throw new TypeError('contiguous positions have a table');
  const mayPay = Array.from({ length: table.data.length / table.length }, (_, h) => {
    const entries = ofHead(table, h).subarray(lead, lead + count);
    // The gap is least for one key.
    return numerics === 'fast' && isPerDistance(plan.lowered) && spread(entries) > negligibleGap(1);
  });
  return { ...tables, table, mayPay };
}

function spread(numbers: Float32Array): number {
  let [least, most] = [Infinity, -Infinity];
  for (const number of numbers) {
    least = Math.min(least, number);
    most = Math.max(most, number);
  }
  return most - least;
}

/** What the table of a full pass over so many tokens would hold, in terms of the cache's. */
export interface TableWindow {
  /** The greatest distance that occurs and that the mask shows. */
  readonly top: number;
  /** Distances from it on down. */
  readonly count: number;
  /** Where the entry of `top` stands in the cache's table. */
  readonly first: number;
}

/** The window of a call whose `queries` rows stand at the last of `length` positions. */
export function tableWindow(
  { top, lead }: Pick<BiasTables, 'top' | 'lead'>,
  minVisible: number,
  length: number,
  queries: number,
): TableWindow {
  const ownTop = Math.min(top, length - 1);
  const bottom = Math.max(minVisible, 1 - queries);
  return { top: ownTop, count: Math.max(0, ownTop - bottom + 1), first: lead + top - ownTop };
}
