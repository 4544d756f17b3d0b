// Kernels that only record their calls, for the tests of the session.
import type { Kernels, PreparedKernel } from '../src/backend/index.ts';
import type { AttentionProblem, RanOn } from '../src/index.ts';

export const RAN_ON: RanOn = { backend: 'toy', kernel: 'toy', device: 'nowhere', arithmetic: 'float64' };
export const ONE: AttentionProblem = { heads: 1, queries: 1, keys: 1, headDim: 1 };
export const number = (value: number): Float32Array => Float32Array.of(value);

/** A kernel whose output is the value, and what became of it. */
export function toy(
  kernel: Partial<PreparedKernel> = {},
  kernels: Partial<Kernels> = {},
): { kernels: Kernels; events: string[] } {
  const events: string[] = [];
  return {
    events,
    kernels: {
      name: 'toy',
      ranOn: RAN_ON,
      numerics: ['fast'],
      prepare: () => ({
        run({ outputs, widened }) {
          outputs.output.set(widened().value);
          return undefined;
        },
        dispose: () => void events.push('kernel disposed'),
        ...kernel,
      }),
      dispose: () => void events.push('kernels disposed'),
      ...kernels,
    },
  };
}
