// What a backend says of its backward pass: that it has none, or gradients, which are then compared with the oracle's.
import type { AttentionPlan, AttentionProblem, Backend, GradientRun, PreparedAttention } from '@relbias/bias-spec';
import { alibi, fire, planAttention, shapesOf, t5 } from '@relbias/bias-spec';
import { show } from '@relbias/bias-spec/backend';
import { oracleGradient } from '@relbias/bias-spec/oracle';
import { inputsOf } from './inputs.ts';
import type { Verdict } from './result.ts';
import { PASS, fail } from './result.ts';
import { bellShaped, seeded } from './seeded.ts';

/**
 * What a gradient may be off by, as a share of the largest in its tensor: float32 sums over these few keys are far nearer, and any mistake
 * is far further.
 */
const TOLERANCE = 2 ** -12;

/** Small problems that meet every way in which a gradient reaches an input or a parameter. */
function problems(): readonly AttentionProblem[] {
  const random = seeded('claims/gradient');
  const numbers = (count: number): number[] => Array.from({ length: count }, () => bellShaped(random));
  const network = { w1: numbers(3), b1: numbers(3), w2: numbers(12), b2: numbers(4) };
  return [
    {
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
    {
      batch: 2,
      heads: 4,
      queries: 3,
      keys: 7,
      headDim: 3,
      bias: fire({ heads: 4, ...network, threshold: 2.5, future: 'signed' }),
      convention: 'before-scaling',
      queryStart: [4, 1],
      mask: { keyLengths: [7, 4] },
    },
    {
      heads: 2,
      queries: 4,
      keys: 4,
      headDim: 2,
      bias: alibi({ heads: 2, slopes: [0.5, 0.2], learned: true, future: 'asymmetric' }),
      mask: { segments: { query: [0, 0, 1, 2], key: [0, 1, 1, 1] } },
    },
  ];
}

export async function judgeGradient(backend: Backend): Promise<Verdict> {
  for (const problem of problems()) {
    const prepared = await backend.prepare(problem);
    try {
      const { gradient } = prepared;
      const wrong = gradient === null ? null : await wrongGradient(planAttention(problem), prepared, gradient);
      if (wrong !== null) return fail(`gradient of ${problem.bias?.family}: ${wrong}`);
    } finally {
      prepared.dispose();
    }
  }
  return PASS;
}

async function wrongGradient(plan: AttentionPlan, { run }: PreparedAttention, gradient: GradientRun): Promise<string | null> {
  const { bias, batch, heads, queries, valueDim } = plan;
  const random = seeded(`claims/gradient/${bias.family}`);
  const inputs = inputsOf(plan, {}, random);
  const result = await run(inputs.query, inputs.key, inputs.value, { logSumExp: true });
  const rows = batch * heads * queries;
  const output = Float32Array.from({ length: rows * valueDim }, () => bellShaped(random));
  // A loss need not read the log-sum-exp.
  const logSumExp = bias.family === 'fire' ? Float32Array.from({ length: rows }, () => bellShaped(random)) : undefined;
  const got = await gradient(inputs.query, inputs.key, inputs.value, { result, output, logSumExp });
  const { wide } = inputs;
  const want = oracleGradient(plan, wide.query, wide.key, wide.value, output, logSumExp);
  const shapes = shapesOf(plan);
  for (const name of ['query', 'key', 'value'] as const) {
    const { data, shape, dtype } = got[name];
    if (dtype !== 'float32' || show(shape) !== show(shapes[name])) {
      return `${name}: got ${dtype} of ${show(shape)}, want float32 of ${show(shapes[name])}.`;
    }
    const wrong = farthest(name, data, want[name]);
    if (wrong !== null) return wrong;
  }
  const names = Object.keys(want.biasParameters).toSorted();
  const given = Object.keys(got.bias).toSorted();
  if (given.join() !== names.join()) return `bias: got gradients of ${show(given)}, want those of ${show(names)}.`;
  return (
    names.map((name) => farthest(`bias.${name}`, got.bias[name], want.biasParameters[name])).find((one) => one !== null) ?? null
  );
}

/** The number that is too far from what it should be, in a sentence. */
function farthest(name: string, got: ArrayLike<number>, want: Float64Array): string | null {
  if (got.length !== want.length) return `${name}: got ${got.length} numbers, want ${want.length}.`;
  const allowed = TOLERANCE * want.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  const index = want.findIndex((one, place) => !(Math.abs(got[place] - one) <= allowed));
  return index === -1 ? null : `${name}[${index}]: got ${got[index]}, want ${want[index]} within ${allowed}.`;
}
