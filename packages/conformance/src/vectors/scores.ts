// Cases of the kind `scores`: KERPLE's kernels acting on given scores, scores * weight + bias. The weight, exp of a second kernel, is a
// variant of upstream's code that relbias does not offer: the spec computes only its exponent.
import type { Bias } from '@relbias/bias-spec';
import { alibiSlopes, kerpleLog, kerplePower } from '@relbias/bias-spec';
import type { Kind } from './answer.ts';
import { entries } from './bias-case.ts';
import type { Bag } from './format.ts';
import { FormatError } from './format.ts';
import type { Placement } from './placement.ts';
import { contiguous } from './placement.ts';

export const scores: Kind = {
  ask(vector) {
    const { family, params, input } = vector;
    const heads = params.number('heads');
    const [queries, keys] = [params.number('queryLength'), params.number('keyLength')];
    // Upstream computes the square matrix of all keys and, for one query with a cache, takes its last row.
    const placement = contiguous(queries, keys, params.number('queryOffset', keys - queries));
    const { bias, weight } = kernelsOf(family, heads, input);
    const given = input.numbers('scores');
    const added = termOf(bias, heads, placement);
    const exponent = termOf(weight, heads, placement);
    return [
      {
        field: 'scores',
        shape: [heads, queries, keys],
        float64: given.map((one, index) => one * Math.exp(exponent.float64[index]) + added.float64[index]),
        float32: Float32Array.from(given, (one, index) => {
          const factor = Math.fround(Math.exp(exponent.float32[index]));
          return Math.fround(Math.fround(one) * factor) + added.float32[index];
        }),
      },
    ];
  },
};

/** The two kernels of a variant; null where it has none. */
interface Kernels {
  readonly bias: Bias | null;
  readonly weight: Bias | null;
}

/**
 * `kerple_power_<bias>_<weight>`, each part naming its learned numbers: `a` the factor (else 1), `p` the exponent (else 1), nothing for
 * no kernel. `kerple_power_original`: ALiBi, its slopes clamped like any factor.
 *
 * @see github.com/chijames/KERPLE, megatron/mpu/layers.py at 25be3d7, ParallelKerplePower and ParallelKerpleLog
 */
function kernelsOf(family: string, heads: number, input: Bag): Kernels {
  if (family === 'kerple-log') {
    const [p, a] = input.has('bias_p') ? ['bias_p', 'bias_a'] : ['p', 'a'];
    const log = kerpleLog({ heads, r1: input.numbers(p), r2: input.numbers(a), clamp: true, future: 'zero' });
    return { bias: log, weight: null };
  }
  if (family !== 'kerple-power') throw new FormatError(`scores of the family ${JSON.stringify(family)} are unknown`);
  const variant = input.text('variant');
  const ones = new Float64Array(heads).fill(1);
  const power = (r1: ArrayLike<number>, r2: ArrayLike<number>): Bias =>
    kerplePower({ heads, r1, r2, clamp: true, future: 'zero' });
  if (variant === 'kerple_power_original') return { bias: power(alibiSlopes(heads).map(Math.fround), ones), weight: null };
  const parts = /^kerple_power_([ap]*)_([ap]*)$/.exec(variant);
  if (parts === null) return input.refuse('variant', 'kerple_power_original, or kerple_power_<a, p>_<a, p>');
  const kernel = (letters: string, prefix: string): Bias | null =>
    letters === ''
      ? null
      : power(
          letters.includes('a') ? input.numbers(`${prefix}_a`) : ones,
          letters.includes('p') ? input.numbers(`${prefix}_p`) : ones,
        );
  return { bias: kernel(parts[1], 'bias'), weight: kernel(parts[2], 'wei') };
}

/** A kernel's values; zeros where there is none, as no bias adds 0 and no weight is exp(0). */
function termOf(
  bias: Bias | null,
  heads: number,
  placement: Placement,
): { float64: ArrayLike<number>; float32: ArrayLike<number> } {
  const { queries, keys } = placement;
  if (bias !== null) return entries('term', bias, heads, placement);
  const zeros = new Float64Array(heads * queries * keys);
  return { float64: zeros, float32: zeros };
}
