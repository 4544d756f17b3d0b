// The case claims/gradient: a backend has no backward pass (null), or its gradients are compared with the oracle's.
import type {
  AttentionGradients,
  AttentionPlan,
  AttentionProblem,
  Backend,
  Float32Tensor,
  GradientRun,
  LossGradients,
  PreparedAttention,
  RanOn,
} from '@relbias/bias-spec';
import { DeviceLostError, ParameterError, alibi, fire, planAttention, shapesOf, t5 } from '@relbias/bias-spec';
import { elementCount, show } from '@relbias/bias-spec/backend';
import type { OracleGradients } from '@relbias/bias-spec/oracle';
import { oracleGradient } from '@relbias/bias-spec/oracle';
import { describeThrown, sentence } from './foreign.ts';
import type { Factors } from './grammar.ts';
import type { CaseInputs } from './inputs.ts';
import { inputsOf } from './inputs.ts';
import { rejection } from './rejection.ts';
import type { Verdict } from './result.ts';
import { PASS, fail } from './result.ts';
import { bellShaped, seeded } from './seeded.ts';

/**
 * Tolerance of a gradient, relative to the largest in its tensor: float32 sums over these few keys are far more accurate, and any mistake is far
 * larger.
 */
const TOLERANCE = 2 ** -12;

/** The `ranOn` of a result that no kernel computed. */
const NOWHERE: RanOn = { backend: 'none', kernel: 'none', device: 'none', arithmetic: 'float32' };

/** A problem with its loss and inputs. */
interface GradientCase {
  readonly problem: AttentionProblem;
  /** Whether the loss depends on the log-sum-exp. */
  readonly logSumExp: boolean;
  readonly factors?: Factors;
}

/**
 * Small problems that cover grouped heads, batch rows, softcap, scale and biasScale, every mask, rows without a visible key, NaN in padding,
 * explicit positions under each kind of term, no bias, float16 and bfloat16, more keys than a tile, and a loss that depends on the
 * log-sum-exp, alone and with softcap and groups.
 */
function gradientCases(): readonly GradientCase[] {
  const random = seeded('claims/gradient');
  const numbers = (count: number): number[] => Array.from({ length: count }, () => bellShaped(random));
  const fires = {
    w1: numbers(3),
    b1: numbers(3),
    w2: numbers(12),
    b2: numbers(4),
    heads: 4,
    threshold: 2.5,
    future: 'signed',
  } as const;
  return [
    {
      problem: {
        heads: 4,
        keyValueHeads: 2,
        queries: 5,
        keys: 9,
        headDim: 4,
        valueDim: 3,
        bias: t5({ heads: 4, table: numbers(32 * 4) }),
        convention: 'after-scaling',
        softcap: 1.5,
        mask: { causal: true },
      },
      logSumExp: false,
    },
    {
      problem: {
        batch: 2,
        heads: 4,
        queries: 3,
        keys: 7,
        headDim: 3,
        bias: fire(fires),
        convention: 'before-scaling',
        queryStart: [4, 1],
        mask: { keyLengths: [7, 4] },
      },
      logSumExp: true,
      factors: { padding: 'nan' },
    },
    {
      problem: {
        heads: 2,
        queries: 4,
        keys: 4,
        headDim: 2,
        bias: alibi({ heads: 2, slopes: [0.5, 0.2], learned: true, future: 'asymmetric' }),
        mask: { segments: { query: [0, 0, 1, 2], key: [0, 1, 1, 1] } },
      },
      logSumExp: false,
    },
    {
      problem: { heads: 4, keyValueHeads: 2, queries: 3, keys: 70, headDim: 5, softcap: 2 },
      logSumExp: true,
      factors: { dtype: 'bfloat16', valueDtype: 'float16' },
    },
    {
      problem: {
        heads: 2,
        queries: 4,
        keys: 5,
        headDim: 3,
        bias: alibi({ heads: 2, slopes: [0.3, 0.1], learned: true }),
        biasScale: 0.5,
        positions: { query: [3, 9, 2, 40], key: [0, 2, 4, 8, 9] },
        mask: { window: { left: 6, right: 1 } },
      },
      logSumExp: true,
    },
    {
      problem: {
        batch: 2,
        heads: 4,
        queries: 3,
        keys: 5,
        headDim: 3,
        bias: fire(fires),
        positions: { query: [2, 9, 4, 0, 3, 30], key: [0, 3, 3, 8, 20, 5, 1, 0, 2, 31] },
      },
      // Otherwise `b2`, which shifts all logits of a row equally, has gradient 0, and a relative tolerance would be 0.
      logSumExp: true,
    },
  ];
}

export async function judgeGradient(backend: Backend): Promise<Verdict> {
  for (const one of gradientCases()) {
    const prepared = await backend.prepare(one.problem);
    const { gradient } = prepared;
    const of = `gradient of ${one.problem.bias?.family ?? 'attention without a bias'}`;
    let wrong: string | null = null;
    try {
      if (gradient === null) continue;
      if (typeof gradient !== 'function') return fail(`prepared.gradient: got ${show(gradient)}, want null or a function.`);
      wrong = await wrongGradient(planAttention(one.problem), prepared, gradient, one);
    } finally {
      prepared.dispose();
    }
    wrong ??= await wrongOnceDisposed(planAttention(one.problem), gradient);
    if (wrong !== null) return fail(`${of}: ${wrong}`);
  }
  return PASS;
}

async function wrongGradient(
  plan: AttentionPlan,
  { run }: PreparedAttention,
  gradient: GradientRun,
  { logSumExp: reads, factors = {} }: GradientCase,
): Promise<string | null> {
  const { bias, batch, heads, queries, valueDim } = plan;
  const random = seeded(`claims/gradient/${bias.family}`);
  const inputs = inputsOf(plan, factors, random);
  const { query, key, value, wide } = inputs;
  const result = await run(query, key, value, { logSumExp: true });
  const rows = batch * heads * queries;
  const output = Float32Array.from({ length: rows * valueDim }, () => bellShaped(random));
  const logSumExp = reads ? Float32Array.from({ length: rows }, () => bellShaped(random)) : undefined;
  const loss = { result, output, logSumExp };
  const before = receivedNumbers(inputs, loss);
  const want = oracleGradient(plan, wide.query, wide.key, wide.value, output, logSumExp);
  // The second call must not add to the first.
  for (let call = 0; call < 2; call++) {
    let got: AttentionGradients;
    try {
      got = await gradient(query, key, value, loss);
    } catch (error) {
      // An UnsupportedError is a failure here: a backend without gradients has `gradient: null`.
      return sentence(`threw ${describeThrown(error)}`);
    }
    const wrong = wrongTensors(plan, got, want) ?? wrongParameters(got, want) ?? wrongRanOn(got.ranOn, result.ranOn);
    if (wrong !== null) return wrong;
    if (receivedNumbers(inputs, loss) !== before) return 'it changed its inputs.';
  }
  const withNaN = (numbers: Float32Array): Float32Array => numbers.map((one, index) => (index === 0 ? Number.NaN : one));
  const withNaNInQuery = (): Promise<unknown> => gradient(withNaN(wide.query), wide.key, wide.value, loss);
  const withNaNInLoss = (): Promise<unknown> => gradient(query, key, value, { ...loss, output: withNaN(output) });
  return (
    (await notRefused('a NaN in query', withNaNInQuery, ParameterError)) ??
    (await notRefused('a NaN in loss.output', withNaNInLoss, ParameterError))
  );
}

async function wrongOnceDisposed(plan: AttentionPlan, gradient: GradientRun): Promise<string | null> {
  const { query, key, value } = inputsOf(plan, {}, seeded('claims/gradient/disposed'));
  const { output, logSumExp } = shapesOf(plan);
  const zeros = (shape: readonly number[]): Float32Tensor => {
    return { data: new Float32Array(elementCount(shape)), shape, dtype: 'float32' };
  };
  const result = { output: zeros(output), logSumExp: zeros(logSumExp), ranOn: NOWHERE };
  const call = (): Promise<unknown> => gradient(query, key, value, { result, output: zeros(output) });
  return notRefused('a disposed prepared problem', call, DeviceLostError);
}

/** The outcome where it is not the wanted refusal; null where it is. */
async function notRefused(
  what: string,
  call: () => Promise<unknown>,
  wanted: typeof ParameterError | typeof DeviceLostError,
): Promise<string | null> {
  const { reason } = await rejection(call, wanted);
  return reason === null ? null : `${what}: ${reason}`;
}

/** All numbers that a backward pass receives, as a text for comparison. */
function receivedNumbers({ query, key, value }: CaseInputs, { result, output, logSumExp }: LossGradients): string {
  return [query, key, value, result.output, result.logSumExp, output, logSumExp]
    .map((one) => (one === undefined ? '' : Array.from(('data' in one ? one.data : one) as ArrayLike<number>).join()))
    .join(';');
}

function wrongTensors(plan: AttentionPlan, got: AttentionGradients, want: OracleGradients): string | null {
  const shapes = shapesOf(plan);
  for (const name of ['query', 'key', 'value'] as const) {
    const { data, shape, dtype } = got[name];
    if (dtype !== 'float32' || show(shape) !== show(shapes[name])) {
      return `${name}: got ${show(dtype)} of ${show(shape)}, want "float32" of ${show(shapes[name])}.`;
    }
    const wrong = farthest(name, data, want[name]);
    if (wrong !== null) return wrong;
  }
  return null;
}

function wrongParameters(got: AttentionGradients, want: OracleGradients): string | null {
  const names = Object.keys(want.biasParameters).toSorted();
  const given = Object.keys(got.bias).toSorted();
  if (given.join() !== names.join()) return `bias: got gradients of ${show(given)}, want those of ${show(names)}.`;
  return (
    names.map((name) => farthest(`bias.${name}`, got.bias[name], want.biasParameters[name])).find((one) => one !== null) ?? null
  );
}

/** Variant and threads may differ from those of the forward pass. */
function wrongRanOn(got: RanOn, want: RanOn): string | null {
  const wrong = (['backend', 'kernel', 'device'] as const).find((name) => got[name] !== want[name]);
  return wrong === undefined
    ? null
    : `ranOn.${wrong}: got ${show(got[wrong])}, want ${show(want[wrong])}, as of the forward run.`;
}

/** The first number out of tolerance, in a sentence; null where there is none. */
function farthest(name: string, got: ArrayLike<number>, want: Float64Array): string | null {
  if (got.length !== want.length) return `${name}: got ${got.length} numbers, want ${want.length}.`;
  const allowed = TOLERANCE * want.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  const index = want.findIndex((one, place) => !(Math.abs(got[place] - one) <= allowed));
  return index === -1 ? null : `${name}[${index}]: got ${got[index]}, want ${want[index]} within ${allowed}.`;
}
