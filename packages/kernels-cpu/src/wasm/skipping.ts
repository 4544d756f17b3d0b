// What the kernel needs to know to leave out keys that cannot change what float32 holds of the result. The proof: docs/skipping.md.
import type { AttentionPlan } from '@relbias/bias-spec';
import { isPerDistance } from '@relbias/bias-spec/backend';
import { KEY_BLOCK } from '../generated/attend-wasm.ts';
import type { BiasTables, PerHead } from './bias-tables.ts';
import { ofHead } from './bias-tables.ts';

/** All keys left out of a row together weigh at most 2^-25 of the rest: half the rounding unit of float32. */
const NEGLIGIBLE_BITS = 25;

export interface Skipping {
  /** How far below the greatest logit of its row so far a key is negligible, in nats: ln(keys) + 25 ln 2. */
  readonly gap: number;
  /** The greatest of each KEY_BLOCK entries of the table, from the one of distance `top` on. */
  readonly maxima: PerHead;
  /** Per head: whether its bias falls far enough for a key ever to be negligible by it. */
  readonly pays: readonly boolean[];
}

/** How far below the greatest logit of its row so far one of so many keys is negligible, in nats. */
export function negligibleGap(keys: number): number {
  return Math.log(keys) + NEGLIGIBLE_BITS * Math.LN2;
}

/**
 * null where no head can gain: short sequences, biases that differ little, and forms or positions without a table to read ahead in. The
 * row-scaled form has a table only while its rows share one scale; it skips nothing then either, so that the bits of a row do not depend on
 * the rows beside it. In the reproducible profile every key counts to its last bit.
 */
export function skippingOf(plan: AttentionPlan, { table, count, lead }: BiasTables): Skipping | null {
  if (plan.numerics === 'reproducible') return null;
  if (plan.lowered.length === 0 || !isPerDistance(plan.lowered) || table === null || plan.positions.queryStart === null)
    return null;
  const gap = negligibleGap(plan.keys);
  const tables = table.shared ? 1 : plan.heads;
  const length = Math.ceil(count / KEY_BLOCK);
  const data = new Float32Array(tables * length);
  const pays: boolean[] = [];
  for (let h = 0; h < tables; h++) {
    const entries = ofHead(table, h).subarray(lead, lead + count);
    for (let chunk = 0; chunk < length; chunk++) {
      data[h * length + chunk] = greatest(entries.subarray(chunk * KEY_BLOCK, (chunk + 1) * KEY_BLOCK));
    }
    const maxima = data.subarray(h * length, (h + 1) * length);
    pays.push(greatest(maxima) - least(maxima) > gap);
  }
  if (!pays.includes(true)) return null;
  return {
    gap,
    maxima: { data, length, shared: table.shared },
    pays: table.shared ? Array.from({ length: plan.heads }, () => pays[0]) : pays,
  };
}

function greatest(numbers: Float32Array): number {
  return numbers.reduce((most, number) => Math.max(most, number), -Infinity);
}

function least(numbers: Float32Array): number {
  return numbers.reduce((most, number) => Math.min(most, number), Infinity);
}
