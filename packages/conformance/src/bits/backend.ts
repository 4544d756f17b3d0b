// Reproducible attention behind the backend contract: the smallest backend that offers the profile, and what saboteurs of bits are made from.
import type { AttentionPlan, Backend, RanOn } from '@relbias/bias-spec';
import { planAttention, readRunOptions, requireNumerics, shapesOf } from '@relbias/bias-spec';
import { requireLogitsInRange, requireReproducible } from '@relbias/bias-spec/reproducible';
import type { BitsSteps } from './steps.ts';
import { KEPT, steppedAttention } from './steps.ts';

const RAN_ON: RanOn = { backend: 'steps', kernel: 'bits', device: 'JavaScript', arithmetic: 'float32' };

/**
 * A backend that serves `numerics: 'reproducible'` alone. It computes at once: for tests, not for use.
 *
 * @param steps - the rules to break, in every problem or in those that a function of the plan picks.
 */
export function bitsBackend(steps: Partial<BitsSteps> | ((plan: AttentionPlan) => Partial<BitsSteps>) = {}): Backend {
  return {
    ranOn: RAN_ON,
    async prepare(problem) {
      const plan = planAttention(problem);
      requireNumerics('steps bits', plan, ['reproducible']);
      requireReproducible(plan);
      const broken = typeof steps === 'function' ? steps(plan) : steps;
      return {
        plan,
        async run(query, key, value, options) {
          readRunOptions(options);
          const { output, logSumExp } = steppedAttention(plan, query, key, value, { ...KEPT, ...broken });
          requireLogitsInRange(plan, logSumExp);
          const shapes = shapesOf(plan);
          const result = { output: { data: output, shape: shapes.output, dtype: 'float32' }, ranOn: RAN_ON } as const;
          if (options?.logSumExp !== true) return result;
          return { ...result, logSumExp: { data: logSumExp, shape: shapes.logSumExp, dtype: 'float32' } };
        },
        dispose: () => {},
      };
    },
    dispose: async () => {},
  };
}
