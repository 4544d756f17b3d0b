// Matrices of one head: the bias of every pair, and the softmax of each row, over the bias alone or with random scores.
import type { AttentionPlan, Bias } from '@relbias/bias-spec';
import { normal, planAttention } from '@relbias/bias-spec';
import { isVisible } from '@relbias/bias-spec/backend';
import { attentionRow } from '@relbias/bias-spec/oracle';
import { seeded } from '@relbias/conformance';

/** Small, for speed. The scores are scaled to the given deviation, so it does not affect what is shown. */
const HEAD_DIM = 16;

/** Self-attention over `tokens` tokens, under the family's own convention. */
export function planOf(bias: Bias, heads: number, tokens: number, causal: boolean): AttentionPlan {
  return planAttention({ heads, queries: tokens, keys: tokens, headDim: HEAD_DIM, bias, mask: { causal } });
}

/** biasScale * bias of every pair, [tokens, tokens]; NaN where the mask hides the pair. */
export function biasMatrix(plan: AttentionPlan, head: number): Float64Array {
  const { queries, keys, positions, mask, bias, biasScale } = plan;
  return Float64Array.from({ length: queries * keys }, (_, index) => {
    const [i, j] = [Math.floor(index / keys), index % keys];
    const distance = positions.query[i] - positions.key[j];
    if (!isVisible(mask, 0, i, j, distance, queries, keys)) return Number.NaN;
    return biasScale * bias.value(head, distance, positions.query[i]);
  });
}

/**
 * Attention weights of one head, [tokens, tokens].
 *
 * @param deviation - standard deviation of the scores scale * q.k, drawn from a seed; 0: all scores are equal.
 */
export function attentionMatrix(plan: AttentionPlan, head: number, deviation: number): Float64Array {
  const { heads, queries, keys, mask, positions } = plan;
  const random = seeded(`scores/${head}`);
  const draw = (count: number, factor: number): Float64Array =>
    Float64Array.from({ length: count }, () => factor * normal(random, 1));
  // q.k over HEAD_DIM standard normal components has a deviation of sqrt(HEAD_DIM).
  const query = draw(heads * queries * HEAD_DIM, deviation / (plan.scale * Math.sqrt(HEAD_DIM)));
  const key = draw(heads * keys * HEAD_DIM, 1);
  const matrix = new Float64Array(queries * keys);
  for (let i = 0; i < queries; i++) {
    const { weights } = attentionRow(plan, 0, head, i, query, key);
    for (let j = 0; j < keys; j++) {
      const seen = isVisible(mask, 0, i, j, positions.query[i] - positions.key[j], queries, keys);
      matrix[i * keys + j] = seen ? weights[j] : Number.NaN;
    }
  }
  return matrix;
}
