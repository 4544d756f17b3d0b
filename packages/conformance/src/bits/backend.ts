// Reproducible attention as a backend: the smallest one that offers the profile, and the base of the saboteurs of bits.
import type { AttentionPlan, Backend, RanOn } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import { readRunOptions, requireNumerics, resultOf } from '@relbias/bias-spec/backend';
import { requireLogitsInRange, requireReproducible } from '@relbias/bias-spec/reproducible';
import type { BitsSteps } from './steps.ts';
import { KEPT, steppedAttention } from './steps.ts';

const RAN_ON: RanOn = { backend: 'steps', kernel: 'bits', device: 'JavaScript', arithmetic: 'float32' };

/**
 * A backend that offers only `numerics: 'reproducible'`. It computes synchronously, and is meant for tests. It does not use the session, which
 * would refuse a device with wrong bits before the suite could find the mistake.
 *
 * @param steps - the rules to replace, or a function of the plan that returns them.
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
