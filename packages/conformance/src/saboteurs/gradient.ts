// Saboteurs of the backward pass: gradients that miss a factor, reach the wrong head or the wrong row, or are laid out wrongly.
import type { AttentionGradients, Backend } from '@relbias/bias-spec';
import { naiveBackend } from '../naive-backend.ts';
import type { GradientSteps } from '../naive-gradient.ts';
import type { Saboteur } from './saboteur.ts';

const STEPS: readonly (readonly [name: string, what: string, steps: Partial<GradientSteps>])[] = [
  ['gradient-without-bias-scale', 'the bias gets the gradient of the logit, not times biasScale', { biasFactor: () => 1 }],
  ['gradient-past-the-softcap', 'the slope of the softcap is taken for 1', { softcapSlope: () => 1 }],
  ['gradient-without-log-sum-exp', 'a loss that reads the log-sum-exp is ignored', { meanOf: (mean) => mean }],
  ['gradient-without-mean', 'the mean of the gradients of the weights is not taken off', { meanOf: () => 0 }],
  ['gradient-of-row-0', 'all batch rows add to the rows of the first', { biasRow: (_plan, _b, i) => i }],
  [
    'gradient-to-interleaved-heads',
    'the gradients of query head h go to key/value head h mod their number',
    { keyValueHead: ({ keyValueHeads }, h) => h % keyValueHeads },
  ],
];

function changed(change: (gradients: AttentionGradients) => AttentionGradients): Backend {
  const honest = naiveBackend();
  return {
    ...honest,
    async prepare(problem) {
      const prepared = await honest.prepare(problem);
      const { gradient } = prepared;
      return { ...prepared, gradient: gradient && (async (...call) => change(await gradient(...call))) };
    },
  };
}

const caughtBy = 'claims/gradient';
const passes = 'attention/none';

export const gradientSaboteurs: readonly Saboteur[] = [
  ...STEPS.map(([name, what, gradient]) => ({ name, what, backend: () => naiveBackend({ gradient }), caughtBy, passes })),
  {
    name: 'gradient-in-another-layout',
    what: 'the gradient of the key says [batch, keys, keyValueHeads, headDim]',
    backend: () =>
      changed(({ key, ...rest }) => {
        const [batch, heads, keys, headDim] = key.shape;
        return { ...rest, key: { ...key, shape: [batch, keys, heads, headDim] } };
      }),
    caughtBy,
    passes,
  },
  {
    name: 'gradient-without-the-bias',
    what: 'the inputs have gradients, the parameters of the bias have none',
    backend: () => changed((gradients) => ({ ...gradients, bias: {} })),
    caughtBy,
    passes,
  },
];
