// Refuses results of rows whose logits exceed the range of the profile: they have the same bits on every backend, and are wrong on every one.
// Rule 5 of docs/numerics.md.
import { ParameterError } from '../errors.ts';
import { isVisible, keyRange } from '../mask.ts';
import type { AttentionPlan } from '../problem.ts';
import { pairReader } from '../terms/lowered.ts';
import type { PairReader } from '../terms/term.ts';
import { LARGEST_LOGIT, ROW_MAX_FLOOR } from './constants.ts';

/** In nats. Below it a row has lost keys, as its maximum is below the smallest row maximum. */
const SMALLEST_LOG_SUM = ROW_MAX_FLOOR * Math.LN2;
/** In nats. From here on the largest logits of a row may have been clamped to one value. */
const LARGEST_LOG_SUM = Math.floor(LARGEST_LOGIT / 65536) * Math.LN2;

/** Whether every row is within the range. If not, `requireLogitsInRange` distinguishes rows that see no key from the others. */
export function areLogitsInRange(logSumExp: Float32Array): boolean {
  return logSumExp.every(isInRange);
}

function isInRange(logSum: number): boolean {
  return logSum >= SMALLEST_LOG_SUM && logSum < LARGEST_LOG_SUM;
}

/**
 * Refuses the result of a call if the logits of a row that sees a key exceed the range of the profile. Backends call it with the log-sum-exp of
 * every call, requested or not. Only the start-up proof exceeds the range on purpose.
 *
 * @param logSumExp - [batch, heads, queries]
 * @throws ParameterError naming the row and how to fix it.
 * @example
 * const plan = planAttention({ heads: 1, queries: 1, keys: 1, headDim: 1, numerics: 'reproducible' });
 * requireLogitsInRange(plan, Float32Array.of(12.5)); // fine
 */
export function requireLogitsInRange(plan: AttentionPlan, logSumExp: Float32Array): void {
  const { heads, queries } = plan;
  const seen = new Map<number, boolean>();
  const read = pairReader(plan);
  for (let row = 0; row < logSumExp.length; row++) {
    const got = logSumExp[row];
    if (isInRange(got)) continue;
    const [b, h, i] = [Math.floor(row / (heads * queries)), Math.floor(row / queries) % heads, row % queries];
    if (got === -Infinity && seesNothing(plan, read, b, h, i, seen)) continue;
    throw new ParameterError({
      what: `numerics: "reproducible": query of batch row ${b}, head ${h}, row ${i}`,
      got: got > 0 ? `logits above ${LARGEST_LOG_SUM.toFixed(0)} nats` : `no logit above ${SMALLEST_LOG_SUM.toFixed(0)} nats`,
      wanted: `a log-sum-exp from ${SMALLEST_LOG_SUM.toFixed(0)} to ${LARGEST_LOG_SUM.toFixed(0)}`,
      hint: 'Reduce the scale, the bias or the inputs, or use numerics: "fast".',
    });
  }
}

/** Whether mask and bias hide every key from a row. `seen` caches for the other heads whether the mask alone does, for (b, i). */
function seesNothing(
  plan: AttentionPlan,
  read: PairReader,
  b: number,
  h: number,
  i: number,
  seen: Map<number, boolean>,
): boolean {
  const { queries, keys, mask, positions } = plan;
  const row = b * queries + i;
  if (seen.get(row) === false) return true;
  const { firstKey, endKey } = keyRange(plan, b, i, i + 1);
  let byMask = false;
  for (let j = firstKey; j < endKey; j++) {
    const distance = positions.query[row] - positions.key[b * keys + j];
    if (!isVisible(mask, b, i, j, distance, queries, keys)) continue;
    if (read(h, row, distance) !== -Infinity) return false;
    byMask = true;
  }
  seen.set(row, byMask);
  return true;
}
