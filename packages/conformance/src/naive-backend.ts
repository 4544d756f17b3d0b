// naive32 as a backend: the smallest correct one, and the base of the saboteurs.
import type { AttentionPlan, AttentionProblem, Backend, RanOn } from '@relbias/bias-spec';
import { planAttention } from '@relbias/bias-spec';
import type { Call, Inputs } from '@relbias/bias-spec/backend';
import { backendOf, gradientOf, macrotask } from '@relbias/bias-spec/backend';
import type { GradientSteps } from './naive-gradient.ts';
import { RIGHT_GRADIENT, naiveGradient } from './naive-gradient.ts';
import type { Steps } from './naive32.ts';
import { RIGHT, naiveRows } from './naive32.ts';

/** How long a run may block the event loop, in milliseconds. */
const HOLD_MS = 20;

/** The parts that a saboteur can replace; the defaults are correct. */
export interface NaiveBackendOptions {
  readonly ranOn?: Partial<RanOn>;
  readonly steps?: Partial<Steps>;
  /** Changes the problem before it is planned. */
  readonly problem?: (problem: AttentionProblem) => AttentionProblem;
  /** Changes the plan, as a wrong lowering or mask would. */
  readonly plan?: (plan: AttentionPlan) => AttentionPlan;
  readonly gradient?: Partial<GradientSteps>;
  readonly read?: (plan: AttentionPlan, call: Call) => Inputs;
}

/** A backend of naive float32 attention. */
export function naiveBackend(options: NaiveBackendOptions = {}): Backend {
  const { problem: distort, plan: lower = (plan) => plan, read = (_plan, call) => call.widened() } = options;
  const steps = { ...RIGHT, ...options.steps };
  const backend = backendOf({
    name: 'naive32',
    ranOn: { backend: 'naive32', kernel: 'rows', device: 'JavaScript', arithmetic: 'float32', ...options.ranOn },
    numerics: ['fast'],
    prepare(given) {
      const plan = lower(given);
      return {
        gradient: gradientOf((call) => {
          naiveGradient(plan, call, { ...RIGHT_GRADIENT, ...options.gradient });
          return undefined;
        }),
        async run(call) {
          let lastPause = performance.now();
          const rows = naiveRows(plan, read(plan, call), call.outputs, steps);
          while (!rows.next().done) {
            if (performance.now() - lastPause < HOLD_MS) continue;
            await macrotask();
            call.proceed();
            lastPause = performance.now();
          }
        },
      };
    },
  });
  if (distort === undefined) return backend;
  return {
    ...backend,
    async prepare(problem) {
      const plan = planAttention(problem);
      return { ...(await backend.prepare(distort(problem))), plan };
    },
  };
}
