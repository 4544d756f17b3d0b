// Saboteurs of the backward pass: gradients with a missing factor, for the wrong head or row, or in a wrong layout.
import type { AttentionGradients, AttentionProblem, Backend, GradientRun, TensorLike } from '@relbias/bias-spec';
import { naiveBackend } from '../naive-backend.ts';
import type { GradientSteps } from '../naive-gradient.ts';
import type { Saboteur } from './saboteur.ts';

const STEPS: readonly (readonly [name: string, what: string, steps: Partial<GradientSteps>])[] = [
  ['gradient-without-bias-scale', 'the bias gets the gradient of the logit, not times biasScale', { biasFactor: () => 1 }],
  ['gradient-past-the-softcap', 'the slope of the softcap is treated as 1', { softcapSlope: () => 1 }],
  ['gradient-without-log-sum-exp', 'a loss that reads the log-sum-exp is ignored', { meanOf: (mean) => mean }],
  ['gradient-without-mean', 'the mean of the gradients of the weights is not subtracted', { meanOf: () => 0 }],
  ['gradient-of-row-0', 'all batch rows add to the rows of the first', { biasRow: (_plan, _b, i) => i }],
  [
    'gradient-to-interleaved-heads',
    'the gradients of query head h go to key/value head h mod their number',
    { keyValueHead: ({ keyValueHeads }, h) => h % keyValueHeads },
  ],
];

/** A correct backend whose gradients are changed, given their call. */
function withFault(fault: (call: FaultyCall, correct: GradientRun) => Promise<AttentionGradients>): Backend {
  const correct = naiveBackend();
  return {
    ...correct,
    async prepare(problem) {
      const prepared = await correct.prepare(problem);
      const { gradient } = prepared;
      if (gradient === null) return prepared;
      let calls = 0;
      const run: GradientRun = (...args) => fault({ args, problem, index: calls++ }, gradient);
      return { ...prepared, gradient: run };
    },
  };
}

interface FaultyCall {
  readonly args: Parameters<GradientRun>;
  readonly problem: AttentionProblem;
  /** The number of earlier calls. */
  readonly index: number;
}

/** A float32 tensor with each NaN replaced by 0. */
function withoutNaN(given: TensorLike): TensorLike {
  return given instanceof Float32Array ? given.map((one) => (Number.isNaN(one) ? 0 : one)) : given;
}

/** A float16 tensor read as bfloat16, and the other way round. */
function asFloat16(given: TensorLike): TensorLike {
  return 'dtype' in given && given.dtype === 'bfloat16' ? { ...given, dtype: 'float16' } : given;
}

/** The gradients of another problem on the same tensors. */
async function gradientOf(problem: AttentionProblem, args: Parameters<GradientRun>): Promise<AttentionGradients> {
  const { gradient } = await naiveBackend().prepare(problem);
  return (gradient as GradientRun)(...args);
}

function scaled({ key, ...rest }: AttentionGradients, factor: number): AttentionGradients {
  return { ...rest, key: { ...key, data: key.data.map((one) => factor * one) } };
}

const CALLS: readonly (readonly [name: string, what: string, fault: Parameters<typeof withFault>[0]])[] = [
  [
    'gradient-added-to-the-last',
    'gradients are added to those of the call before',
    async ({ args, index }, correct) => scaled(await correct(...args), index + 1),
  ],
  [
    'gradient-of-one-tile',
    'keys from the 65th on are left out',
    async ({ args, problem }, correct) => scaled(await correct(...args), problem.keys > 64 ? 0 : 1),
  ],
  [
    'gradient-that-takes-nan',
    'a NaN in the query is treated as 0',
    ({ args: [query, ...others] }, correct) => correct(withoutNaN(query), ...others),
  ],
  [
    'gradient-that-takes-a-loss-of-nan',
    'a NaN in d loss / d output is treated as 0',
    ({ args: [query, key, value, loss] }, correct) => correct(query, key, value, { ...loss, output: withoutNaN(loss.output) }),
  ],
  [
    'gradient-after-dispose',
    'the backward pass of a disposed problem still runs',
    ({ args, problem }) => gradientOf(problem, args),
  ],
  [
    'gradient-by-index',
    'distances are counted between indices where a row-scaled bias has positions of its own',
    async ({ args, problem: { positions, ...problem } }, correct) => {
      const right = await correct(...args);
      return problem.bias?.family === 'fire' && positions !== undefined ? gradientOf(problem, args) : right;
    },
  ],
  [
    'gradient-through-the-window',
    'the backward pass includes what the window hides',
    async ({ args, problem }, correct) => {
      const right = await correct(...args);
      return problem.mask?.window === undefined ? right : gradientOf({ ...problem, mask: {} }, args);
    },
  ],
  [
    'gradient-of-another-half',
    'bfloat16 is read as float16',
    ({ args: [query, key, value, ...rest] }, correct) => correct(asFloat16(query), asFloat16(key), asFloat16(value), ...rest),
  ],
  [
    'gradient-of-groups-without-log-sum-exp',
    'a loss that reads the log-sum-exp is ignored where query heads share keys and values',
    ({ args: [query, key, value, { logSumExp, ...loss }], problem }, correct) =>
      correct(query, key, value, problem.keyValueHeads === undefined ? { ...loss, logSumExp } : loss),
  ],
  [
    'gradient-from-elsewhere',
    'the backward pass says that another kernel ran',
    async ({ args }, correct) => {
      const gradients = await correct(...args);
      return { ...gradients, ranOn: { ...gradients.ranOn, kernel: 'another' } };
    },
  ],
];

const caughtBy = 'claims/gradient';
const passes = 'attention/none';

export const gradientSaboteurs: readonly Saboteur[] = [
  ...STEPS.map(([name, what, gradient]) => ({ name, what, backend: () => naiveBackend({ gradient }), caughtBy, passes })),
  ...CALLS.map(([name, what, fault]) => ({ name, what, backend: () => withFault(fault), caughtBy, passes })),
  {
    name: 'gradient-in-another-layout',
    what: 'the shape of the gradient of the key is [batch, keys, keyValueHeads, headDim]',
    backend: () =>
      withFault(async ({ args }, correct) => {
        const { key, ...rest } = await correct(...args);
        const [batch, heads, keys, headDim] = key.shape;
        return { ...rest, key: { ...key, shape: [batch, keys, heads, headDim] } };
      }),
    caughtBy,
    passes,
  },
  {
    name: 'gradient-without-the-bias',
    what: 'the inputs have gradients, the parameters of the bias have none',
    backend: () => withFault(async ({ args }, correct) => ({ ...(await correct(...args)), bias: {} })),
    caughtBy,
    passes,
  },
];
