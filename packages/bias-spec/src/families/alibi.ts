// ALiBi: a penalty that grows linearly with distance, with a different slope in each head. Not trained.
import type { Bias } from '../bias.ts';
import { MAX_HEADS, requireBoolean, requireInteger, requireKnownKeys, requireOneOf } from '../check.ts';
import type { FutureKeys } from '../future.ts';
import { FUTURE_KEYS, seenDistance } from '../future.ts';
import { toeplitzBias } from '../toeplitz.ts';
import type { SlopeChoice } from './alibi-slopes.ts';
import { diagnoseSlopes, resolveSlopes } from './alibi-slopes.ts';

export const ALIBI_FUTURES: readonly (FutureKeys | 'asymmetric')[] = [...FUTURE_KEYS, 'asymmetric'];

/** The slopes, and the bias of keys in the future. */
export interface AlibiOptions extends SlopeChoice {
  /** Query heads. */
  readonly heads: number;
  /** The bias of keys in the future. `asymmetric`: the first half of the heads sees only the past, the second only the future. Default `unsigned`. */
  readonly future?: FutureKeys | 'asymmetric';
  /** Whether the slopes receive gradients. Default false. */
  readonly learned?: boolean;
}

/**
 * bias = -slope[head] * distance.
 *
 * Published slopes are rounded to float32, as in every model that was trained with them.
 *
 * @throws ParameterError on contradictory or non-finite options, ShapeError on a wrong number of slopes.
 * @example
 * alibi({ heads: 8 }).value(0, 3, 3); // -1.5
 */
export function alibi(options: AlibiOptions): Bias {
  requireKnownKeys('alibi', options, ['heads', 'slopes', 'beta', 'biasMax', 'future', 'learned']);
  const heads = requireInteger('alibi.heads', options.heads, 1, MAX_HEADS);
  const future = requireOneOf('alibi.future', options.future ?? 'unsigned', ALIBI_FUTURES);
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
