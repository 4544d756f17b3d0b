// Whether float32 can hold what a call computes on the way. Beyond it backends would part: one gives NaN, a GPU clamps and goes on wrong.
import type { LoweredBias } from './bias.ts';
import { requireFactor } from './check.ts';
import { ParameterError, show } from './errors.ts';
import type { RawInputs } from './inputs.ts';
import { isVisible } from './mask.ts';
import type { AttentionPlan } from './problem.ts';
import type { RawTensor } from './tensor.ts';
import { float32Pieces } from './tensor.ts';

/** Half of what float32 holds: the other half is for the bias and for rounding. */
const LIMIT = 2 ** 127;
/** Half of that half. */
const BIAS_LIMIT = 2 ** 126;

/**
 * Refuses a bias whose sum with a score may pass float32 in the fast profile: the pair would be hidden without a word, or the row NaN.
 *
 * @throws ParameterError.
 */
export function requireBiasRoom(lowered: LoweredBias, biasScale: number): void {
  const size = Math.abs(biasScale) * largestSize(lowered);
  if (size <= BIAS_LIMIT) return;
  throw new ParameterError({
    what: 'bias',
    got: `sizes up to ${size.toExponential(1)}, times biasScale`,
    wanted: `at most ${BIAS_LIMIT.toExponential(1)}, so that float32 can hold its sum with a score, or -Infinity to hide a pair`,
    hint: 'Check the size of its parameters, and biasScale.',
  });
}

/** The largest number on the way to the bias of any pair; hidden pairs have none. */
function largestSize(lowered: LoweredBias): number {
  switch (lowered.form) {
    case 'none':
      return 0;
    case 'toeplitz':
      return largest(lowered.values);
    case 'row-scaled':
      return largest(lowered.features) * largest(lowered.rowScales) * largest(lowered.slopes) + largest(lowered.intercepts);
    default:
      return lowered satisfies never;
  }
}

/** A plain loop, as tables reach millions of entries. */
function largest(numbers: Float32Array): number {
  let most = 0;
  for (const number of numbers) if (number !== -Infinity) most = Math.max(most, Math.abs(number));
  return most;
}

/**
 * A softcap that kernels can hold in float32, and its quotient with the scale as well, which some of them multiply queries with.
 *
 * @throws ParameterError.
 */
export function requireSoftcap(value: unknown, scale: number): number {
  const softcap = requireFactor('problem.softcap', value);
  if (scale / softcap <= LIMIT) return softcap;
  throw new ParameterError({
    what: 'problem.softcap',
    got: `${show(value)} with a scale of ${show(scale)}`,
    wanted: 'a softcap of at least scale / 2^127, so that float32 can hold their quotient',
  });
}

/** The root of the sum of squares of each of the equal parts of a tensor: by Cauchy and Schwarz no part of q.k is above |q| |k|. */
function norms(tensor: RawTensor, parts: number): Float64Array {
  const size = tensor.data.length / parts;
  return Float64Array.from({ length: parts }, (_, part) => {
    let squares = 0;
    for (const piece of float32Pieces(tensor, part * size, (part + 1) * size)) {
      for (let index = 0; index < piece.length; index++) squares += piece[index] * piece[index];
    }
    return Math.sqrt(squares);
  });
}

/**
 * What a score is multiplied with on the way, at most: a kernel may scale queries first, and divide them by the softcap. 1 where it makes
 * scores smaller, as that may come last.
 */
function largestFactor({ scale, softcap }: AttentionPlan): number {
  return Math.max(1, scale, softcap === 0 ? 0 : scale / softcap);
}

/**
 * Refuses inputs whose products of a query and a key that it sees, or whose sums of values, may pass float32. Hidden keys may be of any
 * size. Called where the norms of whole heads leave that open, which only numbers from about 1e15 on do.
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
    const first = (b * keyValueHeads + Math.floor(h / (heads / keyValueHeads))) * keys;
    const position = positions.query[b * queries + i];
    let sum = 0;
    for (let j = 0; j < mask.keyLengths[b]; j++) {
      const distance = position - positions.key[b * keys + j];
      if (!isVisible(mask, b, i, j, distance, queries, keys) || bias.value(h, distance, position) === -Infinity) continue;
      // At least 1 for the key: the factor may have met the query alone before.
      const score = ofQueries[row] * Math.max(1, ofKeys[first + j]) * factor;
      if (score > LIMIT) throw overflow('scores', `up to ${score.toExponential(1)} for query ${i} and key ${j}`, b, h);
      sum += ofValues[first + j];
    }
    if (sum > LIMIT) throw overflow('values', `sums up to ${sum.toExponential(1)} over the keys of query ${i}`, b, h);
  }
}

/** Whether the norms of whole heads show that nothing can overflow, whatever is hidden. */
export function hasRoom(plan: AttentionPlan, query: number, key: number, value: number): boolean {
  return query * Math.max(1, key) * largestFactor(plan) <= LIMIT && value * Math.sqrt(plan.keys) <= LIMIT;
}

function overflow(what: string, got: string, b: number, h: number): ParameterError {
  return new ParameterError({
    what,
    got: `${got}, in batch row ${b}, head ${h}`,
    wanted: `at most ${LIMIT.toExponential(1)}, which float32 can hold`,
    hint: 'Scale the inputs down.',
  });
}
