// A backend as a third party would write it, using only the spec package: the oracle's float64 computation as kernels in one file.
// third-party.test.ts judges it in three lines.
import type { Backend } from '@relbias/bias-spec';
import { backendOf } from '@relbias/bias-spec/backend';
import { oracle } from '@relbias/bias-spec/oracle';

export async function createMyBackend(): Promise<Backend> {
  return backendOf({
    name: 'mine',
    ranOn: { backend: 'mine', kernel: 'double', device: 'JavaScript', arithmetic: 'float64' },
    numerics: ['fast'],
    prepare: (plan) => ({
      async run(call) {
        const { query, key, value } = call.widened();
        await new Promise((resolve) => setTimeout(resolve, 0));
        call.proceed();
        const { output, logSumExp } = oracle(plan, query, key, value);
        call.outputs.output.set(output);
        call.outputs.logSumExp.set(logSumExp);
      },
    }),
  });
}
