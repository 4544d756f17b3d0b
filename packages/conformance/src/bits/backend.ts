// Reproducible attention behind the backend contract: the smallest backend that offers the profile, and what saboteurs of bits are made from.
import type { AttentionPlan, Backend, RanOn } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { readRunOptions, requireNumerics, resultOf } from '@relbias/bias-spec/backend';
import { requireLogitsInRange, requireReproducible } from '@relbias/bias-spec/reproducible';
import type { BitsSteps } from './steps.ts';
import { KEPT, steppedAttention } from './steps.ts';

const RAN_ON: RanOn = { backend: 'steps', kernel: 'bits', device: 'JavaScript', arithmetic: 'float32' };

/**
 * A backend that serves `numerics: 'reproducible'` alone. It computes at once: for tests, not for use. It is none of the session, which
 * would prove the device first: mistakes are for the suite to find.
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
          return resultOf(plan, { output, logSumExp }, RAN_ON, options);
        },
        gradient: null,
        dispose: () => {},
      };
    },
    dispose: async () => {},
  };
}
