// A backend as somebody else would write it, from the spec package alone: the oracle in double, with the manners of the contract.
// third-party.test.ts judges it in three lines.
import type { AttentionPlan, AttentionProblem, Backend, PreparedAttention, RanOn } from '@relbias/bias-spec';
import { DeviceLostError, planAttention, readInputs, requireNumerics, shapesOf } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';

const ranOn: RanOn = { backend: 'mine', kernel: 'double', device: 'JavaScript', arithmetic: 'float64' };

export async function createMyBackend(): Promise<Backend> {
  return { ranOn, prepare: async (problem) => prepare(problem), dispose: async () => {} };
}

function prepare(problem: AttentionProblem): PreparedAttention {
  const plan = planAttention(problem);
  requireNumerics('mine', plan, ['fast']);
  let disposed = false;
  return {
    plan,
    async run(query, key, value, { logSumExp, signal } = {}) {
      if (disposed) throw new DeviceLostError({ what: 'mine', got: 'a disposed problem', wanted: 'a live one' });
      signal?.throwIfAborted();
      const inputs = readInputs(plan, query, key, value);
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
      return { ...results(plan, inputs, logSumExp), ranOn };
    },
    dispose: () => {
      disposed = true;
    },
  };
}

function results(plan: AttentionPlan, inputs: ReturnType<typeof readInputs>, logSumExp: boolean | undefined) {
  const got = oracle(plan, inputs.query, inputs.key, inputs.value);
  const shapes = shapesOf(plan);
  const output = { data: Float32Array.from(got.output), shape: shapes.output, dtype: 'float32' } as const;
  if (!logSumExp) return { output };
  return { output, logSumExp: { data: Float32Array.from(got.logSumExp), shape: shapes.logSumExp, dtype: 'float32' } as const };
}
