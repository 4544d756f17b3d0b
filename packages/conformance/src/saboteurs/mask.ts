// Saboteurs of the mask: keys that are visible and should not be, and the other way round.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { ClosedMask } from '@relbias/bias-spec/backend';
import { naiveBackend } from '../naive-backend.ts';
import type { Saboteur } from './saboteur.ts';

function withMask(plan: AttentionPlan, wrong: (mask: ClosedMask) => Partial<ClosedMask>): AttentionPlan {
  return { ...plan, mask: { ...plan.mask, ...wrong(plan.mask) } };
}

export const maskSaboteurs: readonly Saboteur[] = [
  {
    name: 'causal-off-by-one',
    what: 'under the causal mask a query sees the key after its own',
    backend: () =>
      naiveBackend({
        plan: (plan) => withMask(plan, ({ minDistance }) => ({ minDistance: minDistance === 0 ? -1 : minDistance })),
      }),
    caughtBy: 'attention/none:causal',
    passes: 'attention/none',
  },
  {
    name: 'causal-without-the-diagonal',
    what: 'under the causal mask a query does not see its own key',
    backend: () =>
      naiveBackend({
        plan: (plan) => withMask(plan, ({ minDistance }) => ({ minDistance: minDistance === 0 ? 1 : minDistance })),
      }),
    caughtBy: 'attention/none:causal',
    passes: 'attention/none',
  },
  {
    name: 'unsigned-window',
    what: 'the left reach of the window hides far keys of the future too',
    backend: () =>
      naiveBackend({
        plan: (plan) => withMask(plan, ({ minDistance, maxDistance }) => ({ minDistance: Math.max(minDistance, -maxDistance) })),
      }),
    caughtBy: 'attention/none:left=3',
    passes: 'attention/none:causal;left=5',
  },
  {
    name: 'window-off-by-one',
    what: 'the left reach of the window counts the query itself',
    backend: () => naiveBackend({ plan: (plan) => withMask(plan, ({ maxDistance }) => ({ maxDistance: maxDistance - 1 })) }),
    caughtBy: 'attention/none:causal;left=5',
    passes: 'attention/none:causal',
  },
  {
    name: 'loop-stops-at-1000',
    what: 'the loop over keys ends after 1000 iterations, like gpu.js loops whose bound is an argument',
    backend: () =>
      naiveBackend({
        plan: (plan) => withMask(plan, ({ keyLengths }) => ({ keyLengths: keyLengths.map((one) => Math.min(one, 1000)) })),
      }),
    caughtBy: 'attention/none:queries=3;keys=1001',
    passes: 'attention/none:queries=3;keys=1000',
  },
  {
    name: 'drops-the-last-block',
    what: 'only whole blocks of 64 keys are read',
    backend: () =>
      naiveBackend({ steps: { keyOrder: (keys) => Array.from({ length: keys < 64 ? keys : keys - (keys % 64) }, (_, j) => j) } }),
    caughtBy: 'attention/none:queries=3;keys=65',
    passes: 'attention/none:queries=3;keys=64',
  },
  {
    name: 'ignores-key-lengths',
    what: 'padding takes part in the softmax',
    backend: () =>
      naiveBackend({ plan: (plan) => withMask(plan, ({ keyLengths }) => ({ keyLengths: keyLengths.map(() => plan.keys) })) }),
    caughtBy: 'attention/none:batch=2;keyLengths=16,5',
    passes: 'attention/none:batch=2',
  },
  {
    name: 'ignores-segments',
    what: 'packed sequences see one another',
    backend: () => naiveBackend({ plan: (plan) => withMask(plan, () => ({ querySegments: null, keySegments: null })) }),
    caughtBy: 'attention/none:segments=packed',
    passes: 'attention/none',
  },
  {
    name: 'masked-row-nan',
    what: 'a row without a visible key divides 0 by 0',
    backend: () => naiveBackend({ steps: { emptyRow: NaN } }),
    caughtBy: 'attention/none:queries=24;keys=9;causal',
    passes: 'attention/none:causal',
  },
  {
    name: 'hidden-keys-at-minus-10000',
    what: 'hidden keys get a large negative logit, so a row without a visible key averages all of them',
    backend: () => naiveBackend({ steps: { hidden: -10_000 } }),
    caughtBy: 'attention/none:queries=24;keys=9;causal',
    passes: 'attention/none:causal',
  },
];
