// The slopes of ALiBi: the published ones for any number of heads, or a caller's.
import type { Diagnostic } from '../bias.ts';
import type { ParameterNumbers } from '../lists.ts';
import { MAX_HEADS, requireFinite, requireInteger, requirePositive } from '../check.ts';
import { requireNumbers } from '../lists.ts';
import { ParameterError, ShapeError } from '../errors.ts';
import type { OwnFloat64Array } from '../own-arrays.ts';

/** The slopes: at most one of these options; by default the published slopes. */
export interface SlopeChoice {
  /** [heads], the penalty for each step of distance, instead of the published slopes. */
  readonly slopes?: ParameterNumbers;
  /** One slope for all heads: the beta of 'Foundations of Large Language Models'. */
  readonly beta?: number;
  /** The last published slope is 2^-biasMax. Default 8. */
  readonly biasMax?: number;
}

/**
 * The slopes of the ALiBi code for any number of heads, in float64.
 *
 * A power of two H gives 2^(-biasMax k / H), k = 1..H. Any other H takes the slopes of the largest power of two p below it,
 * then every other slope of 2p until there are H. The naive 2^(-8k/H) for every H is a common bug.
 *
 * @param biasMax - 8 in the paper; MPT makes it a setting (`alibi_bias_max`).
 * @see Press et al. 2022, Train Short, Test Long, arXiv:2108.12409, section 3 and its code's `get_slopes`.
 * @example
 * alibiSlopes(12)[0]; // 0.5
 */
export function alibiSlopes(heads: number, biasMax = 8): OwnFloat64Array {
  requireInteger('heads', heads, 1, MAX_HEADS);
  requirePositive('biasMax', biasMax);
  const power = 2 ** Math.floor(Math.log2(heads));
  const slopes = new Float64Array(heads);
  for (let head = 0; head < heads; head++) {
    const exponent = head < power ? (head + 1) / power : (2 * (head - power) + 1) / (2 * power);
    slopes[head] = 2 ** (-biasMax * exponent);
  }
  return slopes;
}

/** The slopes of these options: as given, one beta ([1]), or the published ones. */
export function resolveSlopes(options: SlopeChoice, heads: number, asymmetric: boolean): Float64Array {
  const given = [options.slopes, options.beta, options.biasMax].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new ParameterError({
      what: 'alibi',
      got: 'several of slopes, beta, biasMax',
      wanted: 'at most one of them',
    });
  }
  if (asymmetric && heads % 2 !== 0) {
    throw new ShapeError({ what: 'alibi.heads', got: String(heads), wanted: 'an even number for asymmetric' });
  }
  if (options.slopes !== undefined) return requireNumbers('alibi.slopes', options.slopes, [heads]);
  if (options.beta !== undefined) return Float64Array.of(requireFinite('alibi.beta', options.beta));
  const published = alibiSlopes(asymmetric ? heads / 2 : heads, options.biasMax).map(Math.fround);
  // Each half of an asymmetric bias has the slopes of heads / 2.
  return Float64Array.from({ length: heads }, (_, head) => published[head % published.length]);
}

/** Warnings about these slopes. */
export function diagnoseSlopes(slopes: Float64Array, future: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (future === 'signed') {
    found.push({
      code: 'alibi-rewards-future',
      message: 'The signed form gives keys in the future a positive bias: use it under a causal mask only.',
    });
  }
  if (slopes.some((slope) => slope < 0)) {
    found.push({ code: 'alibi-rewards-distance', message: 'A negative slope rewards distance instead of penalising it.' });
  }
  return found;
}
