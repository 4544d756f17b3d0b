// ALiBi: a penalty that grows linearly with distance, steeper in some heads than in others. No training needed.
import type { Bias, FamilyDefinition } from '../bias.ts';
import type { ParameterNumbers } from '../check.ts';
import { MAX_HEADS, requireBoolean, requireInteger, requireKnownKeys, requireOneOf } from '../check.ts';
import type { FutureKeys } from '../future.ts';
import { FUTURE_KEYS, seenDistance } from '../future.ts';
import { toeplitzBias } from '../toeplitz.ts';
import { diagnoseSlopes, resolveSlopes } from './alibi-slopes.ts';

/** Which slopes, and what keys in the future get. */
export interface AlibiOptions {
  readonly heads: number;
  /** One slope per head instead of the published ones. */
  readonly slopes?: ParameterNumbers;
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
  const heads = requireInteger('alibi.heads', options.heads, 1, MAX_HEADS);
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
    diagnostics: diagnoseSlopes(slopes, future),
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

/** ALiBi as the suite and the documentation know it. */
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
