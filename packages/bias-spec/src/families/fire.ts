// FIRE: a small network reads the logarithm of the distance, divided by that of the query's position.
import type { Bias } from '../bias.ts';
import type { ParameterNumbers } from '../lists.ts';
import { MAX_HEADS, requireFinite, requireInteger, requireKnownKeys, requireOneOf, requirePositive } from '../check.ts';
import { requireNumbers, requireSomeNumbers } from '../lists.ts';
import { ParameterError } from '../errors.ts';
import type { FutureKeys } from '../future.ts';
import { FUTURE_KEYS } from '../future.ts';
import { fixed, learned } from '../parameters.ts';
import { reluNetwork } from '../piecewise-linear.ts';
import { fireAdjoint, fireRowScaled, thresholdOf } from './fire-term.ts';

/** The weights of FIRE's network, and the constants of its input. */
export interface FireOptions {
  readonly heads: number;
  /** [width], the weights of the layer 1 -> width. */
  readonly w1: ParameterNumbers;
  /** [width] */
  readonly b1: ParameterNumbers;
  /** [heads, width] flat, the weights of the layer width -> heads. */
  readonly w2: ParameterNumbers;
  /** [heads] */
  readonly b2: ParameterNumbers;
  /** The factor of the distance inside the logarithm, learned. Default 0.1. */
  readonly c?: number;
  /** L before it is multiplied: queries at positions below it share one divisor. Fixed, at least 0. Default 512. */
  readonly threshold?: number;
  /** The learned factor of `threshold`. Default 1. */
  readonly thresholdMultiplier?: number;
  /** Added to the divisor to keep it above 0. Default 1e-6. */
  readonly eps?: number;
  /** Keys in the future: the network reads |distance| (`unsigned`) or the signed distance (`signed`), or they have no bias (`zero`). Default `unsigned`. */
  readonly future?: FutureKeys;
}

/**
 * bias = MLP(x), x = ln(|c distance| + 1) / (ln(|c max(i, |thresholdMultiplier threshold|)| + 1) + eps), MLP = w2 relu(w1 x + b1) + b2.
 *
 * Rows below the threshold share a scale; from there on each row has its own. The term is row-scaled in both cases, so the bias of a pair does
 * not change with the other rows of a problem.
 *
 * `c` and `thresholdMultiplier` are learned and may become negative in training: the formula reads their size, as the published code does.
 *
 * @throws ParameterError on numbers that are not finite, a negative threshold or an eps that is not positive; ShapeError on weights that do
 * not fit one another.
 * @see Li et al. 2024, Functional Interpolation for Relative Positions, arXiv:2310.04418, eq. 4.
 * @example
 * fire({ heads: 1, w1: [1], b1: [0], w2: [-2], b2: [0] }).value(0, 512, 512); // just above -2
 */
export function fire(options: FireOptions): Bias {
  requireKnownKeys('fire', options, ['heads', 'w1', 'b1', 'w2', 'b2', 'c', 'threshold', 'thresholdMultiplier', 'eps', 'future']);
  const heads = requireInteger('fire.heads', options.heads, 1, MAX_HEADS);
  const w1 = requireSomeNumbers('fire.w1', options.w1);
  const width = w1.length;
  const future = requireOneOf('fire.future', options.future ?? 'unsigned', FUTURE_KEYS);
  const eps = requirePositive('fire.eps', options.eps ?? 1e-6);
  const parameters = {
    w1: learned(w1, width),
    b1: learned(requireNumbers('fire.b1', options.b1, [width]), width),
    w2: learned(requireNumbers('fire.w2', options.w2, [heads, width]), heads, width),
    b2: learned(requireNumbers('fire.b2', options.b2, [heads]), heads),
    c: learned(Float64Array.of(requireFinite('fire.c', options.c ?? 0.1)), 1),
    thresholdMultiplier: learned(Float64Array.of(requireFinite('fire.thresholdMultiplier', options.thresholdMultiplier ?? 1)), 1),
    threshold: fixed(Float64Array.of(requireThreshold(options.threshold ?? 512)), 1),
  };
  const network = { w1: parameters.w1.data, b1: parameters.b1.data, w2: parameters.w2.data, b2: parameters.b2.data };
  const settings = { heads, future, eps, parameters, network };
  const value = (head: number, distance: number, queryPosition: number): number => {
    if (future === 'zero' && distance < 0) return 0;
    const c = parameters.c.data[0];
    const sign = future === 'signed' ? Math.sign(distance) : 1;
    const norm = Math.log1p(Math.abs(c * Math.max(queryPosition, thresholdOf(settings)))) + eps;
    return reluNetwork(network, head, (sign * Math.log1p(Math.abs(c * distance))) / norm);
  };
  return {
    family: 'fire',
    heads,
    convention: 'after-scaling',
    parameters,
    diagnostics: [],
    value,
    lower: (positions) => [fireRowScaled(settings, positions).term],
    adjoint: (positions, gradients) => fireAdjoint(settings, positions, gradients),
  };
}

/** The threshold is not learned, so a negative one is a mistake. */
function requireThreshold(value: unknown): number {
  const threshold = requireFinite('fire.threshold', value);
  if (threshold >= 0) return threshold;
  throw new ParameterError({ what: 'fire.threshold', got: String(threshold), wanted: 'a finite number of at least 0' });
}
