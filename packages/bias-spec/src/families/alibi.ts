// ALiBi: a penalty that grows linearly with distance, steeper in some heads than in others. No training needed.
import type { Bias, Diagnostic, FamilyDefinition } from '../bias.ts';
import {
  requireBoolean,
  requireFinite,
  requireInteger,
  requireKnownKeys,
  requireNumbers,
  requireOneOf,
  requirePositive,
} from '../check.ts';
import { ParameterError, ShapeError } from '../errors.ts';
import type { FutureKeys } from '../future.ts';
import { FUTURE_KEYS, seenDistance } from '../future.ts';
import { toeplitzBias } from '../toeplitz.ts';

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
export function alibiSlopes(heads: number, biasMax = 8): Float64Array {
  requireInteger('heads', heads, 1);
  requirePositive('biasMax', biasMax);
  const power = 2 ** Math.floor(Math.log2(heads));
  const slopes = new Float64Array(heads);
  for (let head = 0; head < heads; head++) {
    const exponent = head < power ? (head + 1) / power : (2 * (head - power) + 1) / (2 * power);
    slopes[head] = 2 ** (-biasMax * exponent);
  }
  return slopes;
}

export interface AlibiOptions {
  readonly heads: number;
  /** One slope per head instead of the published ones. */
  readonly slopes?: ArrayLike<number>;
  /** One slope for all heads: the beta of 'Foundations of Large Language Models'. */
  readonly beta?: number;
  /** Default 8. */
  readonly biasMax?: number;
  /** Default `unsigned`. `asymmetric`: the first half of the heads sees only the past, the second only the future. */
  readonly future?: FutureKeys | 'asymmetric';
  /** Whether gradients flow into the slopes; default false. */
  readonly learned?: boolean;
}

/**
 * bias = -slope[head] * distance.
 *
 * Published slopes are rounded to float32 first, as every model that was trained with them holds them.
 *
 * @throws ParameterError on contradictory or non-finite options, ShapeError on a wrong number of slopes.
 * @example
 * alibi({ heads: 8 }).value(0, 3, 3); // -1.5
 */
export function alibi(options: AlibiOptions): Bias {
  requireKnownKeys('alibi', options, ['heads', 'slopes', 'beta', 'biasMax', 'future', 'learned']);
  const heads = requireInteger('alibi.heads', options.heads, 1);
  const future = requireOneOf('alibi.future', options.future ?? 'unsigned', [...FUTURE_KEYS, 'asymmetric']);
  const learned = requireBoolean('alibi.learned', options.learned ?? false);
  const slopes = resolveSlopes(options, heads, future === 'asymmetric');
  const shared = options.beta !== undefined;
  const half = heads / 2;
  return toeplitzBias({
    family: 'alibi',
    heads,
    convention: 'after-scaling',
    parameters: { slopes: { data: slopes, shape: [slopes.length], learned } },
    diagnostics: diagnose(slopes, future),
    value(head, distance) {
      const slope = slopes[shared ? 0 : head];
      if (future !== 'asymmetric') return -slope * seenDistance(future, distance);
      const hidden = head < half ? distance < 0 : distance > 0;
      return hidden ? -Infinity : -slope * Math.abs(distance);
    },
    addGradient(gradients, weight, head, distance) {
      const seen = future === 'asymmetric' ? Math.abs(distance) : seenDistance(future, distance);
      gradients.slopes[shared ? 0 : head] -= weight * seen;
    },
  });
}

function resolveSlopes(options: AlibiOptions, heads: number, asymmetric: boolean): Float64Array {
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
  if (options.slopes !== undefined) return requireNumbers('alibi.slopes', options.slopes, heads);
  if (options.beta !== undefined) return Float64Array.of(requireFinite('alibi.beta', options.beta));
  const published = alibiSlopes(asymmetric ? heads / 2 : heads, options.biasMax).map(Math.fround);
  return asymmetric ? Float64Array.of(...published, ...published) : published;
}

function diagnose(slopes: Float64Array, future: string): Diagnostic[] {
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

export const alibiFamily: FamilyDefinition = {
  name: 'alibi',
  title: 'ALiBi',
  kind: 'heuristic',
  idea: 'Every step of distance costs a fixed penalty, so near keys win unless the content speaks strongly for a far one. Heads differ in how steep the penalty is, which gives the model several horizons at once. Nothing is trained, and the rule continues beyond the training length.',
  formula: String.raw`\mathrm{bias}_h(i, j) = -m_h\,(i - j), \qquad m_h = 2^{-8h/H} \text{ for } H = 2^a`,
  citation: 'Press, Smith and Lewis 2022, Train Short, Test Long, arXiv:2108.12409',
  convention: 'after-scaling',
  parameters: [
    {
      name: 'slopes',
      shape: '[heads], or [1] for one beta',
      meaning: 'penalty per step of distance',
      learned: false,
      initialisation: 'alibiSlopes(heads), rounded to float32',
    },
  ],
  traps: [
    'The naive 2^(-8k/H) differs from the published slopes whenever H is not a power of two.',
    'The signed form rewards keys in the future.',
    'The absolute form slope * j collides in 16-bit floats from j = 256 on and shifts the log-sum-exp.',
  ],
  initialise: (heads) => alibi({ heads }),
  cases: [
    { name: 'published', create: (heads) => alibi({ heads }) },
    { name: 'beta', create: (heads) => alibi({ heads, beta: 0.1 }) },
    { name: 'signed', create: (heads) => alibi({ heads, biasMax: 4, future: 'signed' }) },
    { name: 'asymmetric', heads: [8, 12], create: (heads) => alibi({ heads, future: 'asymmetric' }) },
    {
      name: 'given-slopes',
      create: (heads, random) => alibi({ heads, slopes: Array.from({ length: heads }, random), learned: true, future: 'zero' }),
    },
  ],
};
