// Whether float32 can hold every intermediate of a call. Beyond that, backends differ: some return NaN, GPUs may clamp and return wrong numbers.
import { ParameterError } from '../errors.ts';
import { isVisible } from '../mask.ts';
import { SCORE_LIMIT } from '../plan.ts';
import type { AttentionPlan } from '../problem.ts';
import { keyValueRow } from '../problem.ts';
import type { RawInputs, RawTensor } from '../tensor.ts';
import { float32Chunks } from '../tensor.ts';

/** The norm of each of the equal parts of a tensor. By the Cauchy-Schwarz inequality |q . k| is at most |q| |k|. */
function norms(tensor: RawTensor, parts: number): Float64Array {
  const size = tensor.data.length / parts;
  return Float64Array.from({ length: parts }, (_, part) => {
    let squares = 0;
    for (const chunk of float32Chunks(tensor, part * size, (part + 1) * size)) {
      for (let index = 0; index < chunk.length; index++) squares += chunk[index] * chunk[index];
    }
    return Math.sqrt(squares);
  });
}

/**
 * The largest factor of a score in any kernel: one may scale queries first and divide them by the softcap. At least 1, as a factor below 1
 * may be applied last.
 */
function largestFactor({ scale, softcap }: AttentionPlan): number {
  return Math.max(1, scale, softcap === 0 ? 0 : scale / softcap);
}

/**
 * Refuses inputs whose scores of visible pairs, or whose sums of values, may overflow float32. Hidden keys may be of any size. Needed only if
 * the norms of whole heads do not rule it out, that is, for numbers from about 1e15 on.
 *
 * @throws ParameterError naming the query, the key and the head.
 */
export function requireNoOverflow(plan: AttentionPlan, { query, key, value }: RawInputs): void {
  const { batch, heads, keyValueHeads, queries, keys, mask, positions, bias } = plan;
  const factor = largestFactor(plan);
  const ofQueries = norms(query, batch * heads * queries);
  const ofKeys = norms(key, batch * keyValueHeads * keys);
  const ofValues = norms(value, batch * keyValueHeads * keys);
  for (let row = 0; row < ofQueries.length; row++) {
    const [b, h, i] = [Math.floor(row / (heads * queries)), Math.floor(row / queries) % heads, row % queries];
    const first = keyValueRow(plan, b, h);
    const position = positions.query[b * queries + i];
    let sum = 0;
    for (let j = 0; j < mask.keyLengths[b]; j++) {
      const distance = position - positions.key[b * keys + j];
      if (!isVisible(mask, b, i, j, distance, queries, keys) || bias.value(h, distance, position) === -Infinity) continue;
      // At least 1 for the key: a kernel may multiply the query alone by the factor.
      const score = ofQueries[row] * Math.max(1, ofKeys[first + j]) * factor;
      if (score > SCORE_LIMIT) throw overflow('scores', `up to ${score.toExponential(1)} for query ${i} and key ${j}`, b, h);
      sum += ofValues[first + j];
    }
    if (sum > SCORE_LIMIT) throw overflow('values', `sums up to ${sum.toExponential(1)} over the keys of query ${i}`, b, h);
  }
}

/** Whether the norms of whole heads rule out any overflow, whatever the mask. */
export function hasRoom(plan: AttentionPlan, query: number, key: number, value: number): boolean {
  return query * Math.max(1, key) * largestFactor(plan) <= SCORE_LIMIT && value * Math.sqrt(plan.keys) <= SCORE_LIMIT;
}

function overflow(what: string, got: string, b: number, h: number): ParameterError {
  return new ParameterError({
    what,
    got: `${got}, in batch row ${b}, head ${h}`,
    wanted: `at most ${SCORE_LIMIT.toExponential(1)}, which float32 can hold`,
    hint: 'Scale the inputs down.',
  });
}
