// naive32 behind the backend contract: the smallest honest backend, and what saboteurs are made from.
import type { AttentionPlan, AttentionProblem, Backend, Inputs, PreparedAttention, RanOn } from '@relbias/bias-spec';
import { DeviceLostError, planAttention, readInputs, requireNumerics, shapesOf } from '@relbias/bias-spec';
import type { Steps } from './naive32.ts';
import { RIGHT, emptyResult, naiveRows } from './naive32.ts';

/** How long a run may keep the event loop, in milliseconds. */
const HOLD_MS = 20;

/** What a saboteur may put between the caller and the arithmetic; all of it is right by default. */
export interface NaiveBackendOptions {
  readonly ranOn?: Partial<RanOn>;
  readonly steps?: Partial<Steps>;
  /** What a wrong front end makes of the problem before it is planned. */
  readonly problem?: (problem: AttentionProblem) => AttentionProblem;
  /** What a wrong lowering or mask makes of the plan. */
  readonly plan?: (plan: AttentionPlan) => AttentionPlan;
  readonly read?: (plan: AttentionPlan, ...inputs: Parameters<PreparedAttention['run']>) => Inputs;
}

/** A backend of naive float32 attention. */
export function naiveBackend(options: NaiveBackendOptions = {}): Backend {
  const ranOn: RanOn = { backend: 'naive32', kernel: 'rows', device: 'JavaScript', arithmetic: 'float32', ...options.ranOn };
  const steps = { ...RIGHT, ...options.steps };
  const { problem: distort = (problem) => problem, plan: lower = (plan) => plan, read = readInputs } = options;
  let open = true;
  return {
    ranOn,
    async prepare(problem) {
      const honest = planAttention(problem);
      requireNumerics('naive32', honest, ['fast']);
      const plan = lower(planAttention(distort(problem)));
      let live = true;
      const requireLive = (): void => {
        if (!open || !live) throw new DeviceLostError({ what: 'naive32', got: 'a disposed one', wanted: 'a live one' });
      };
      requireLive();
      return {
        plan: honest,
        async run(query, key, value, { logSumExp, signal } = {}) {
          requireLive();
          signal?.throwIfAborted();
          const result = emptyResult(plan);
          let lastPause = performance.now();
          const rows = naiveRows(plan, read(plan, query, key, value), result, steps);
          while (!rows.next().done) {
            if (performance.now() - lastPause < HOLD_MS) continue;
            await new Promise((resolve) => setTimeout(resolve, 0));
            requireLive();
            signal?.throwIfAborted();
            lastPause = performance.now();
          }
          const shapes = shapesOf(honest);
          const output = { data: result.output, shape: shapes.output, dtype: 'float32' } as const;
          if (!logSumExp) return { output, ranOn };
          return { output, logSumExp: { data: result.logSumExp, shape: shapes.logSumExp, dtype: 'float32' }, ranOn };
        },
        dispose: () => (live = false),
      };
    },
    dispose: async () => {
      open = false;
    },
  };
}
