// The requirements of the reproducible profile beyond those of every problem, and its scale. Rules 1 to 3 of docs/numerics.md.
import { UnsupportedError } from '../errors.ts';
import type { AttentionPlan } from '../problem.ts';

/** With more, a score of the largest canonical inputs could exceed 2^93, and hidden pairs would no longer be hidden. */
const MAX_HEAD_DIM = 2 ** 13;

/**
 * The factor from a score to a logit in units of 2^-16 powers of two: a float32, computed in float64. Send it to a device as bits: a compiler
 * may read a decimal as another number.
 *
 * @example
 * logitScale(1 / Math.sqrt(8)); // 33427.9296875
 */
export function logitScale(scale: number): number {
  return Math.fround(scale * Math.LOG2E * 65536);
}

/**
 * Refuses a plan that the profile cannot compute with equal bits everywhere. Backends call it in `prepare`.
 *
 * The number of keys needs no limit here: a problem has at most 2^23, and the bounds of sums hold up to 2^24.
 *
 * @throws UnsupportedError naming the field and how to fix it.
 */
export function requireReproducible({ softcap, headDim, scale, biasScale }: AttentionPlan): void {
  if (softcap !== 0) {
    throw refusal(
      'problem.softcap',
      String(softcap),
      'none',
      'tanh differs from device to device; leave the softcap out or use numerics: "fast".',
    );
  }
  if (headDim > MAX_HEAD_DIM) {
    throw refusal(
      'problem.headDim',
      String(headDim),
      `at most ${MAX_HEAD_DIM}`,
      'Larger scores could overflow; use numerics: "fast".',
    );
  }
  const factor = logitScale(scale);
  if (factor < 1 || factor >= 2 ** 17) {
    const [least, most] = [1, 2 ** 17].map((end) => (end / logitScale(1)).toPrecision(4));
    const way = 'Multiply the query or the key by the rest of the scale.';
    throw refusal('problem.scale', String(scale), `from ${least} up to ${most}`, way);
  }
  if (!Number.isFinite(Math.fround(biasScale / scale))) {
    throw refusal('problem.biasScale', `${biasScale}, ${biasScale / scale} times the scale`, 'a ratio that float32 can hold');
  }
}

function refusal(what: string, got: string, wanted: string, hint?: string): UnsupportedError {
  return new UnsupportedError({ what: `numerics: "reproducible": ${what}`, got, wanted, hint });
}
